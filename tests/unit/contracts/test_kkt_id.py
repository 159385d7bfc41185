"""The register ID: what people mistype is found."""

import pytest

from services.contracts.kkt_id import damm_digit, is_kkt_id, new_kkt_id


def test_the_check_digit_is_that_of_the_published_example() -> None:
    # the usual example of Damm's scheme: 572 has the check digit 4
    assert damm_digit("572") == "4"


def test_new_ids_are_well_formed_and_do_not_repeat() -> None:
    made = {new_kkt_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(is_kkt_id(one) and len(one) == 12 and one[0] != "0" for one in made)


def test_every_single_wrong_digit_is_found() -> None:
    right = new_kkt_id()
    for place in range(12):
        for digit in "0123456789".replace(right[place], ""):
            assert not is_kkt_id(right[:place] + digit + right[place + 1 :])


def test_every_swap_of_neighbours_is_found() -> None:
    for _ in range(50):
        right = new_kkt_id()
        for place in range(11):
            if right[place] != right[place + 1]:
                swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
                assert not is_kkt_id(swapped)


@pytest.mark.parametrize("text", ["", "123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢", " 12345678901", "1234567890123"])
def test_what_is_no_id_is_told(text: str) -> None:
    assert not is_kkt_id(text)
