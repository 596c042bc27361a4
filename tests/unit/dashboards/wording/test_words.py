from datetime import date

import pytest
from hypothesis import given, strategies as st

from dashboards.wording import formats as words


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (0.4, "0"),
        (7.5, "8"),
        (99.4, "99"),
        (99.6, "100"),
        (1183.0, "1,200"),
        (1250.0, "1,300"),
        (1e6, "1,000,000"),
    ],
)
def test_number_has_two_significant_figures(value: float, shown: str) -> None:
    assert words.number(value) == shown


@given(st.floats(min_value=100, max_value=1e9))
def test_two_figures_stays_within_five_percent(value: float) -> None:
    assert abs(words.two_figures(value) - value) <= 0.05 * value


@pytest.mark.parametrize("absent", [None, float("nan"), float("inf")])
def test_every_form_says_no_data_when_missing(absent: float | None) -> None:
    forms = (words.number, words.count, words.percent, words.share, words.ratio, words.planned)
    assert {form(absent) for form in forms} == {"no data"}


def test_count_hides_small_counts() -> None:
    assert [words.count(n) for n in (0, 1, 9, 10)] == ["0", "<10", "<10", "10"]


@pytest.mark.parametrize(
    ("percent", "word"),
    [
        (0, "remote chance"),
        (7, "remote chance"),
        (8, "highly unlikely"),
        (22, "highly unlikely"),
        (23, "unlikely"),
        (37, "unlikely"),
        (38, "realistic possibility"),
        (52, "realistic possibility"),
        (53, "likely"),
        (77, "likely"),
        (78, "highly likely"),
        (92, "highly likely"),
        (93, "almost certain"),
        (100, "almost certain"),
    ],
)
def test_probability_word_takes_the_nearer_word_in_a_gap(percent: int, word: str) -> None:
    assert words.probability_word(percent / 100) == word


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_probability_word_never_falls_when_the_probability_rises(a: float, b: float) -> None:
    order = [word for word, *_ in words.YARDSTICK]
    low, high = sorted((a, b))
    assert order.index(words.probability_word(low)) <= order.index(words.probability_word(high))


def test_percent_never_prints_certainty() -> None:
    assert (words.percent(0.0), words.percent(1.0)) == ("<1 %", ">99 %")


def test_share_prints_all_and_nothing() -> None:
    assert (words.share(0.0), words.share(1.0), words.share(0.999)) == ("0 %", "100 %", ">99 %")


def test_interval_shows_one_number_when_both_ends_round_alike() -> None:
    assert words.interval(101, 103) == "100 (80 %)"


def test_period_name_names_the_year_of_a_week_in_another_iso_year() -> None:
    assert words.period_name(date(2024, 12, 30), "W", year=2024) == "week 1 of 2025 (from 30 Dec)"


def test_starred_adds_a_star_once() -> None:
    assert words.starred("Kosovo – Kosovo*") == "Kosovo* – Kosovo*"


def test_country_stars_kosovo_when_a_pack_forgot_to() -> None:
    assert words.country("XKX", {"XKX": "Kosovo"}) == "Kosovo*"


def test_direction_is_empty_when_no_country_is_named() -> None:
    assert words.direction("", "", {}) == ""


@pytest.mark.parametrize(("n", "shown"), [(0, "no segments"), (1, "1 segment"), (2, "2 segments")])
def test_counted_agrees_with_its_noun(n: int, shown: str) -> None:
    assert words.counted(n, "segment") == shown
