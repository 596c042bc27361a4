"""Workbooks: nothing in them runs, numbers are shown as readers expect and keep their digits."""

import io
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from pipelines.publish.export.spreadsheets import as_text, workbook_bytes


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_text_that_a_spreadsheet_would_run_is_escaped(start: str) -> None:
    assert as_text(f"{start}1+1") == f"'{start}1+1"


def test_workbook_holds_no_formula_and_no_control_character_and_keeps_numbers() -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "Bell\x07 tower", "Subotica"]
    counts = [-1.5, np.nan, 0.0, 1.0, 2.0, 3.0, 4.0]
    made = workbook_bytes(pd.DataFrame({"=place": names, "count": counts}), ["=note\x01"], sheet="Table")
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert book["Read me"]["A1"].value == "'=note "
    rows = [[cell.value for cell in row] for row in book["Table"].iter_rows()]
    assert not [c for row in book["Table"].iter_rows() for c in row if c.data_type == "f"]
    assert [row[0] for row in rows] == ["'=place", *(f"'{n}" for n in names[:5]), "Bell  tower", "Subotica"]
    assert [row[1] for row in rows[1:]] == [-1.5, None, 0, 1, 2, 3, 4]


LOOKS = {"counted": ("x", "counts a period"), "chance": ("x", "share, 0 to 1"), "skill": ("x", "ratio")}


def looked_at(table: pd.DataFrame, **known: Any) -> Any:
    made = workbook_bytes(table, ["note"], sheet="Table", dictionary=LOOKS, **known)
    return openpyxl.load_workbook(io.BytesIO(made))["Table"]


def test_workbook_shows_counts_whole_shares_as_per_cents_and_keeps_their_digits() -> None:
    day = pd.Timestamp("2026-11-30")
    row = {
        "counted": 1234.567,
        "chance": 0.6349,
        "skill": 0.74123,
        "rows": 3,
        "other": 0.25,
        "day": day,
        "place": "Ada",
    }
    page = looked_at(pd.DataFrame([row]), shares=["other"])
    forms = {head.value: cell.number_format for head, cell in zip(page[1], page[2], strict=True)}
    assert forms == {
        **{"counted": "#,##0", "chance": "0 %", "skill": "#,##0.00", "rows": "#,##0", "other": "0 %"},
        **{"day": "yyyy-mm-dd", "place": "General"},
    }
    assert [cell.value for cell in page[2]][:3] == [1234.567, 0.6349, 0.74123]


def test_workbooks_head_is_bold_stays_and_filters_and_columns_are_as_wide_as_what_they_hold() -> None:
    page = looked_at(pd.DataFrame({"place": ["Ada", "x" * 30], "rule": ["y" * 400, None], "n": [1.23456789, np.nan]}))
    assert all(cell.font.bold for cell in page[1])
    assert not page["A2"].font.bold
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:C3")
    assert [page.column_dimensions[c].width for c in "ABC"] == [32, 60, 8]


def test_first_sheet_of_a_workbook_shows_long_notes_whole() -> None:
    note = "word " * 70  # 350 characters, on three lines of 154
    made = workbook_bytes(pd.DataFrame({"n": [1]}), [note], sheet="Table", dictionary={"n": ("x", "")})
    page = openpyxl.load_workbook(io.BytesIO(made))["Read me"]
    assert [str(one) for one in page.merged_cells.ranges] == ["A1:C1", "A2:C2"]
    assert (page["A1"].alignment.wrap_text, page.row_dimensions[1].height) == (True, 45)
    assert [cell.value for cell in page[4] if cell.font.bold] == ["Column", "What it holds", "Unit"]
