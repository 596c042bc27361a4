from datetime import date
from pathlib import Path

import pytest

from pipelines.observations.corrections import apply_corrections, read_corrections
from pipelines.observations.schema import DataRefusedError
from tests.vintage_tables import make_vintages

ENTRY = """
- source: frontex
  indicator: irregular_crossings
  place: wb
  period_start: 2025-01-01
  expect: 1300
  count: 130
  why: a digit too many, confirmed by telephone
  who: analysis unit
  when: 2025-03-20
"""
TABLE = make_vintages(("2025-01-01", "2025-02-10", 100), ("2025-01-01", "2025-03-10", 1300))


def corrections(tmp_path: Path, text: str) -> list:
    path = tmp_path / "corrections.yaml"
    path.write_text(text, encoding="utf-8")
    return read_corrections(path)


def test_a_correction_is_the_newest_vintage_from_the_day_it_was_made(tmp_path: Path) -> None:
    corrected = apply_corrections(TABLE, corrections(tmp_path, ENTRY)).sort_values("as_of")
    assert corrected["count"].tolist() == [100, 1300, 130]
    assert corrected["as_of"].iloc[-1].date() == date(2025, 3, 20)


def test_a_correction_stops_the_run_once_the_source_has_mended_the_figure(tmp_path: Path) -> None:
    mended = make_vintages(("2025-01-01", "2025-03-10", 1300), ("2025-01-01", "2025-04-10", 131))
    with pytest.raises(DataRefusedError, match=r"expected the source to say 1,300, it now says 131"):
        apply_corrections(mended, corrections(tmp_path, ENTRY))


def test_a_correction_of_no_figure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="expected one figure, found 0"):
        apply_corrections(TABLE, corrections(tmp_path, ENTRY.replace("place: wb", "place: cm")))


def test_a_correction_without_a_reason_is_refused_by_its_field(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="entry 0, why"):
        corrections(tmp_path, ENTRY.replace("  why: a digit too many, confirmed by telephone\n", ""))


def test_no_file_is_no_correction(tmp_path: Path) -> None:
    assert read_corrections(tmp_path / "none.yaml") == []
