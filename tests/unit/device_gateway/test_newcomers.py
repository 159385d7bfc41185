"""Silent sockets are bounded, and one address cannot take the room of the others."""

from services.device_gateway.newcomers import Newcomers


def test_one_address_fills_only_its_own_part() -> None:
    newcomers = Newcomers(5, 2)
    first, second = newcomers.came("5.5.5.5"), newcomers.came("5.5.5.5")
    assert not newcomers.room_for("5.5.5.5")
    assert newcomers.room_for("6.6.6.6")
    first()
    first()
    assert newcomers.room_for("5.5.5.5")
    assert len(newcomers) == 1
    second()
    assert (len(newcomers), newcomers._silent) == (0, {})


def test_all_together_are_bounded_too() -> None:
    newcomers = Newcomers(3, 2)
    for address in ("5.5.5.5", "2001:db8::1", "2001:db8::2"):
        assert newcomers.room_for(address)
        newcomers.came(address)
    assert not newcomers.room_for("7.7.7.7")
