"""How far a run looks ahead."""

import pytest

from pipelines.jobs.run import RunSettings
from tests.regions import make_region


@pytest.mark.parametrize(("asked", "pack", "periods"), [(3, 12, 3), (None, 12, 12), (None, None, 12)])
def test_horizon_is_the_asked_one_or_the_packs_or_twelve_weeks(
    asked: int | None, pack: int | None, periods: int
) -> None:
    assert RunSettings(region=make_region(freq="W", horizon=pack), horizon=asked).periods == periods


def test_months_are_six_unless_the_pack_says_otherwise() -> None:
    assert RunSettings(region=make_region(freq="M")).periods == 6
    assert RunSettings(region=make_region(freq="M", horizon=12)).periods == 12
