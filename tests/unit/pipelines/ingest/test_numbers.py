"""One reader of numbers for all sources: what people write, and what programs write."""

import pandas as pd
import pytest

from pipelines.ingest.reading.tables import numbers


def read(*cells: object, decimal_comma: bool = True) -> list[float | None]:
    found = numbers(pd.Series(list(cells), dtype=object), decimal_comma=decimal_comma)
    assert found.dtype == float
    return [None if pd.isna(n) else float(n) for n in found]


def test_numbers_as_people_write_them() -> None:
    assert read("1234", " 1 234 ", "1\u202f234", "1'234", "1,5", "-7") == [1234, 1234, 1234, 1234, 1.5, -7]


@pytest.mark.parametrize("cell", ["", "many", "<5", "n/a", "1,2,3", "5 %", None, "None", True])
def test_what_is_no_number_is_unknown(cell: object) -> None:
    assert read(cell) == [None]


def test_a_programs_file_has_no_decimal_comma() -> None:
    assert read("1,5", "1.5", "2e3", decimal_comma=False) == [None, 1.5, 2000]


def test_cells_of_a_workbook_keep_their_value() -> None:
    assert read(0.1, 3, None, "4") == [0.1, 3, None, 4]
    assert numbers(pd.Series([1, 2])).tolist() == [1.0, 2.0]
