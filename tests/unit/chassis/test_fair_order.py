"""Who is next, told by a clock of the test's own."""

from services.chassis.fair_order import Bounds, FairOrder


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def next_ones(order: FairOrder[str]) -> list[str]:
    return [who for who, _began in order.hand_out()]


def test_an_account_alone_has_more_than_beside_others() -> None:
    clock = Clock()
    order: FairOrder[str] = FairOrder(Bounds(10, of_one_account=1, of_the_only_account=3), clock)
    for number in range(6):
        order.stand("noisy", f"noisy{number}")
    assert next_ones(order) == ["noisy0", "noisy1", "noisy2"]
    order.stand("quiet", "quiet0")
    assert next_ones(order) == ["quiet0"]
    order.give_back("noisy", 0.0)
    order.give_back("noisy", 0.0)
    assert next_ones(order) == []  # one is left, and that is all there may be beside the other account's
    order.give_back("noisy", 0.0)
    assert next_ones(order) == ["noisy3"]
    order.give_back("quiet", 0.0)
    assert next_ones(order) == ["noisy4", "noisy5"]


def test_a_long_turn_counts_among_all_but_not_among_its_account() -> None:
    clock = Clock()
    order: FairOrder[str] = FairOrder(Bounds(2, of_one_account=1, of_the_only_account=1, long_after=2.0), clock)
    for number in range(3):
        order.stand("noisy", f"noisy{number}")
    assert next_ones(order) == ["noisy0"]
    clock.now = 1.9
    assert next_ones(order) == []
    clock.now = 2.0
    assert next_ones(order) == ["noisy1"]
    clock.now = 4.0
    assert next_ones(order) == []  # all turns are given
    order.give_back("noisy", 0.0)
    assert next_ones(order) == ["noisy2"]
    order.give_back("noisy", 2.0)
    order.give_back("noisy", 4.0)
    assert (order.given, order.waiting) == (0, 0)


def test_the_house_itself_is_bounded_by_all_turns_alone() -> None:
    order: FairOrder[str] = FairOrder(Bounds(3, of_one_account=1, of_the_only_account=1), Clock())
    for number in range(4):
        order.stand(None, f"house{number}")
    order.stand("shop", "shop0")
    assert next_ones(order) == ["house0", "shop0", "house1"]
    assert order.waiting == 2
