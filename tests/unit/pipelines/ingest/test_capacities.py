"""Capacities from a file of the user's, as a spreadsheet writes it."""

from datetime import date
from pathlib import Path

import pytest

from geo.region.region import Capacity
from pipelines.ingest.door.capacities import read_capacities
from pipelines.observations.schema import DataRefusedError
from tests.regions import make_region

HEADER = "segment;indicator;value;owner;as_of\r\n"
GOOD = "a-1;irregular_crossings;12,5;planning unit;2026-01-31\r\n"


def read(tmp_path: Path, text: str) -> tuple[Capacity, ...]:
    path = tmp_path / "capacities.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    return read_capacities(path, make_region())


def test_file_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + GOOD) == (
        Capacity("a-1", "irregular_crossings", 12.5, "planning unit", date(2026, 1, 31)),
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (GOOD.replace("a-1", "a-11"), r"line 3: unknown segment 'a-11'. Did you mean 'a-1'\?"),
        (GOOD.replace("irregular_crossings", "crossings"), "line 3: unknown indicator 'crossings'"),
        (GOOD.replace("a-1", "a-2").replace("12,5", "-4"), "line 3: value is not a number of 0 or more"),
        (GOOD.replace("a-1", "a-2").replace("2026-01-31", "31.01.2026"), "line 3: as_of is not a day as YYYY-MM-DD"),
        (GOOD.replace("a-1", "a-2").replace("planning unit", ""), "line 3: no owner"),
        (GOOD, "line 3: the segment has a capacity of this indicator further up"),
    ],
)
def test_row_that_means_nothing_is_named_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(DataRefusedError, match=message):
        read(tmp_path, HEADER + GOOD + row)


def test_values_that_may_be_thousands_are_asked_about_and_the_advice_helps(tmp_path: Path) -> None:
    unsure = HEADER + GOOD.replace("12,5", "1.200")
    with pytest.raises(DataRefusedError, match=r"got '1\.200', which may be 1200 or 1\.2000.*without a mark \(1200\)"):
        read(tmp_path, unsure)
    assert [c.value for c in read(tmp_path, unsure.replace("1.200", "1200"))] == [1200]
    assert [c.value for c in read(tmp_path, unsure.replace("1.200", "1.2"))] == [1.2]


def test_a_value_with_decimals_says_how_the_others_are_written(tmp_path: Path) -> None:
    both = HEADER + GOOD + GOOD.replace("a-1", "a-2").replace("12,5", "1.200")
    assert [c.value for c in read(tmp_path, both)] == [12.5, 1200]


def test_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="expected a CSV of capacities, there is none"):
        read_capacities(tmp_path / "nowhere.csv", make_region())
