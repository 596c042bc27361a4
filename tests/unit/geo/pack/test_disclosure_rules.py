"""What a pack may say of disclosure control, and what holds where it says nothing."""

from pathlib import Path

import pytest

from geo.pack.load import PackError, load_region
from tests.regions import USER_PACK, write_pack


def problems(folder: Path, more: str) -> str:
    with pytest.raises(PackError) as raised:
        load_region(str(write_pack(folder / "my_region", USER_PACK + more)))
    return str(raised.value)


def test_pack_without_rules_withholds_counts_under_ten(tmp_path: Path) -> None:
    rules = load_region(str(write_pack(tmp_path / "my_region"))).disclosure
    assert (rules.threshold, rules.protection_width, rules.show_zero) == (10, 5, True)
    assert rules.public.levels == ("total", "headline", "route", "border")


def test_threshold_of_takes_an_indicators_own_threshold(tmp_path: Path) -> None:
    more = "disclosure:\n  threshold: 20\n  indicators: {irregular_crossings: {threshold: 5}}\n"
    rules = load_region(str(write_pack(tmp_path / "my_region", USER_PACK + more))).disclosure
    assert (rules.threshold_of("irregular_crossings"), rules.threshold_of("another")) == (5, 20)


def test_pack_is_refused_when_an_indicator_with_a_threshold_is_unknown(tmp_path: Path) -> None:
    told = problems(tmp_path, "disclosure:\n  indicators: {irregular_crossing: {threshold: 5}}\n")
    assert "'irregular_crossing' is unknown. Did you mean 'irregular_crossings'?" in told


def test_pack_is_refused_when_an_nationality_stands_in_two_groups(tmp_path: Path) -> None:
    told = problems(tmp_path, "disclosure:\n  partner:\n    nationality_groups: {East: [AFG], South: [AFG, PAK]}\n")
    assert "'AFG' stands in two groups" in told


def test_pack_is_refused_when_a_level_is_no_level(tmp_path: Path) -> None:
    assert "disclosure.public.levels" in problems(tmp_path, "disclosure:\n  public: {levels: [village]}\n")
