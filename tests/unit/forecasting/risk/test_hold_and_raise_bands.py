"""Bands held against flicker and raised by what is stated."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from forecasting.base.contracts import BANDS
from forecasting.risk.bands import bands_of, hold_bands, raise_bands
from geo.region.region import RiskRules

LIMITS = np.array([[0.2], [0.4], [0.6]])
LEVELS = st.sampled_from([None, *BANDS])
RULES = st.builds(RiskRules, raise_by_vulnerability=LEVELS, raise_by_impact=LEVELS, raise_from=st.sampled_from(BANDS))


def ladder(chance: float) -> np.ndarray:
    """One unit, one horizon: the same chance on each rung, as with a planned capacity."""
    return np.full((3, 1, 1), chance)


def held(chance: float, previous: int, *, margin: float = 0.05) -> int:
    plain = bands_of(ladder(chance), LIMITS)
    return int(hold_bands(plain, np.array([[previous]]), ladder(chance), limits=LIMITS, margin=margin).item())


def raised(band: int, *, vulnerability: str | None = None, impact: str | None = None) -> tuple[int, str]:
    rules = RiskRules(raise_by_vulnerability="high", raise_by_impact="very_high")
    stated = {"vulnerability": [vulnerability], "impact": [impact]}
    result, reason = raise_bands(np.array([[band]]), stated, rules)
    return int(result.item()), str(reason.item())


@pytest.mark.parametrize(("chance", "expected"), [(0.394, 1), (0.3949, 1), (0.395, 2), (0.399, 2), (0.4, 2)])
def test_band_is_that_of_the_chance_as_it_is_shown(chance: float, expected: int) -> None:
    """0.399 is printed as 40 %, and from 40 % on a band is high."""
    assert bands_of(ladder(chance), LIMITS).item() == expected


@pytest.mark.parametrize(
    ("chance", "previous", "expected"),
    [
        (0.39, 2, 2),  # hardly below the limit of high: held
        (0.35, 2, 2),  # at the margin: held
        (0.34, 2, 1),  # past the margin: falls
        (0.57, 3, 3),
        (0.54, 3, 2),
        (0.10, 3, 0),  # far below: falls all the way
        (0.39, 1, 1),  # nothing to hold
        (0.39, -1, 1),  # no earlier edition
    ],
)
def test_band_falls_only_past_the_margin(chance: float, previous: int, expected: int) -> None:
    assert held(chance, previous) == expected


@pytest.mark.parametrize("previous", [-1, 0, 1, 2, 3])
def test_rise_to_very_high_is_never_delayed(previous: int) -> None:
    assert held(0.6, previous) == 3


def test_band_that_hovers_round_a_limit_does_not_flip() -> None:
    shown, previous = [], -1
    for chance in (0.41, 0.39, 0.42, 0.38, 0.41, 0.36):
        previous = held(chance, previous)
        shown.append(previous)
    assert shown == [2] * 6
    assert [held(c, -1) for c in (0.41, 0.39, 0.42, 0.38, 0.41, 0.36)] == [2, 1, 2, 1, 2, 1]  # as it would be without


def test_missing_band_stays_missing_whatever_was_before() -> None:
    nothing = np.full((3, 1, 1), np.nan)
    assert hold_bands(np.array([[-1]]), np.array([[3]]), nothing, limits=LIMITS, margin=0.05).item() == -1


@given(arrays(float, 2, elements=st.floats(0, 1)), st.integers(-1, 3))
def test_held_band_never_falls_as_the_chance_rises(chances: np.ndarray, previous: int) -> None:
    low, high = sorted(chances)
    assert held(low, previous) <= held(high, previous)


@given(st.floats(0, 1), st.integers(-1, 3), st.floats(0, 0.19))
def test_held_band_is_never_below_the_plain_one(chance: float, previous: int, margin: float) -> None:
    assert held(chance, previous, margin=margin) >= held(chance, -1)


def test_stated_vulnerability_raises_by_one_and_is_named() -> None:
    assert raised(1, vulnerability="high") == (2, "vulnerability")
    assert raised(1, vulnerability="moderate") == (1, "")


def test_two_reasons_raise_once() -> None:
    assert raised(1, vulnerability="very_high", impact="very_high")[0] == 2


def test_low_threat_is_not_raised() -> None:
    assert raised(0, vulnerability="very_high") == (0, "")


def test_missing_statement_raises_nothing() -> None:
    assert raised(2) == (2, "")


def test_unit_without_a_band_gets_none() -> None:
    assert raised(-1, vulnerability="very_high") == (-1, "")


def test_very_high_is_the_highest() -> None:
    assert raised(3, vulnerability="very_high") == (3, "")


@settings(max_examples=200)
@given(RULES, LEVELS, LEVELS, st.integers(0, 2))
def test_more_threat_never_lowers_the_band(
    rules: RiskRules, vulnerability: str | None, impact: str | None, band: int
) -> None:
    stated = {"vulnerability": [vulnerability] * 2, "impact": [impact] * 2}
    less, more = raise_bands(np.array([[band], [band + 1]]), stated, rules)[0].ravel()
    assert less <= more


@settings(max_examples=200)
@given(RULES, st.integers(0, 3), st.integers(0, 2), LEVELS)
def test_more_vulnerability_never_lowers_the_band(rules: RiskRules, band: int, level: int, impact: str | None) -> None:
    stated = {"vulnerability": [BANDS[level], BANDS[level + 1]], "impact": [impact] * 2}
    less, more = raise_bands(np.array([[band], [band]]), stated, rules)[0].ravel()
    assert less <= more
