"""Workbooks of every kind give the same cells; what would fill the memory is refused; empty formulas are told."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipelines.ingest.reading.workbooks import open_formulas, read_sheets, workbook_kind
from pipelines.observations.schema import DataRefusedError
from tests.workbooks import Rows, write_ods, write_xls, write_xlsb

ROWS = [["Place", "Žabljak", 1.5], [None, None, None], ["x", 12, 3]]
FAR = '<table:table-row table:number-rows-repeated="{rows}"><table:table-cell table:number-columns-repeated="16384"/>'
EMPTY_TAIL = FAR.format(rows=1_048_000) + "</table:table-row>"
ONE = '<table:table-row>{before}<table:table-cell office:value-type="float" office:value="1"/></table:table-row>'


def write_xlsx(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Sheet1"
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("kind", "write"), [("xlsx", write_xlsx), ("ods", write_ods), ("xlsb", write_xlsb), ("xls", write_xls)]
)
def test_every_kind_gives_the_same_cells(tmp_path: Path, kind: str, write: Callable[[Path, Rows], Path]) -> None:
    path = write(tmp_path / "book.dat", ROWS)  # its bytes say what it is, not its name
    assert workbook_kind(path) == kind
    assert read_sheets(path) == {"Sheet1": [tuple(row) for row in ROWS]}
    assert read_sheets(path, max_row=1, max_col=2) == {"Sheet1": [("Place", "Žabljak")]}


def test_days_of_an_open_document_are_days(tmp_path: Path) -> None:
    cells = read_sheets(write_ods(tmp_path / "book.ods", [[date(2024, 1, 2)]]))["Sheet1"]
    assert cells == [(pd.Timestamp("2024-01-02"),)]


def test_empty_cells_down_to_the_last_row_are_no_area(tmp_path: Path) -> None:
    """Programs write the empty rest of a sheet as one row that stands there a million times."""
    assert read_sheets(write_ods(tmp_path / "book.ods", [["x", 1]], more=EMPTY_TAIL)) == {"Sheet1": [("x", 1)]}


def test_two_far_cells_of_an_open_document_are_refused(tmp_path: Path) -> None:
    far = '<table:table-cell table:number-columns-repeated="16383"/>'
    more = ONE.format(before=far) + EMPTY_TAIL + ONE.format(before="")
    with pytest.raises(DataRefusedError, match=r"book\.ods: expected at most 20,000,000 cells on a sheet, got an area"):
        read_sheets(write_ods(tmp_path / "book.ods", ROWS, more=more))


def test_a_value_that_is_repeated_over_the_sheet_is_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    more = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    with pytest.raises(DataRefusedError, match="Copy the table to a new sheet"):
        read_sheets(write_ods(tmp_path / "book.ods", [], more=more))


def test_a_far_cell_of_a_binary_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefusedError, match="got an area of 16,001,016,001"):
        read_sheets(write_xlsb(tmp_path / "book.xlsb", [[None] * 16_000 + [2]], first_row=1_000_000))


@pytest.mark.parametrize("data", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "book.xls").write_bytes(data)
    with pytest.raises(DataRefusedError, match=r"book\.xls: expected a workbook \(\.xlsx, \.xls, \.xlsb or \.ods\)"):
        read_sheets(tmp_path / "book.xls")


def test_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "book.xlsx", [["x", 1, "=B1*2"], ["y", 2, "=B2*2"], [None, "z", "=B3"]])
    assert open_formulas(path) == ("3 formulas without a stored value",)


def test_formulas_of_an_open_document_count_with_their_value(tmp_path: Path) -> None:
    cells = [f'<table:table-cell table:formula="of:=B1"{v}/>' for v in ("", ' office:value-type="float"')]
    path = write_ods(tmp_path / "book.ods", [["x", 1]], more=f"<table:table-row>{''.join(cells)}</table:table-row>")
    assert open_formulas(path) == ("1 formula without a stored value",)


@pytest.mark.parametrize("write", [write_xlsx, write_ods, write_xlsb, write_xls])
def test_a_workbook_of_values_has_none(tmp_path: Path, write: Callable[[Path, Rows], Path]) -> None:
    assert open_formulas(write(tmp_path / "book.dat", ROWS)) == ()


@pytest.mark.parametrize("stored", ["<v>2</v>", "<v></v>"])
def test_formulas_with_a_value_are_not_told(tmp_path: Path, stored: str) -> None:
    """As Excel writes them; the value of a text may be empty."""
    made = write_xlsx(tmp_path / "made.xlsx", [["x", 1, "=B1*2"]])
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "book.xlsx", "w") as new:
        for name in old.namelist():
            xml = (
                old.read(name)
                .decode()
                .replace('<c r="C1">', '<c r="C1" t="str">' if stored == "<v></v>" else '<c r="C1">')
            )
            new.writestr(name, re.sub("<v ?/>|<v></v>", stored, xml))
    assert open_formulas(tmp_path / "book.xlsx") == ()
