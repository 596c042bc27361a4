"""A workbook to fill in: one sheet per indicator, the pack's own places, a column per period; it goes in as it is.

`pipelines/ingest/sources/template.yaml` says how it is read.
"""

import io
import re
from collections.abc import Iterator, Sequence

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from geo.names.countries import GROUPS, country_names
from geo.region.region import Freq, Indicator, Region
from pipelines.store.periods import period_name, period_starts, shift

GRAINS = ("country", "border", "segment", "crossing_point")
HEADINGS = ("indicator", "place kind", "place id", "place name", "nationality")
TEXT_WIDTH, LINE_POINTS = 110, 15.0  # of the first sheet: characters, points a line
WIDTHS = (0, 16, 28, 40, 22)  # of these columns, in characters; 0: hidden
SPARE_ROWS = 200  # below the places, for nationalities
LISTS = "Lists"
HOW_TO = (
    "How to fill in this workbook",
    "Each sheet is one indicator, each line one place, each column one {period} ({first} to {last}).",
    "Write how many were counted in that {period} at that place. 0 means: counted, and there was nothing. "
    "Leave a cell empty where nothing was reported: an empty cell is not a zero. <5 and the like mean: withheld.",
    "Fill in the finest place that you know (a crossing point rather than its border); leave the coarser lines empty.",
    "The lines say TOTAL, all nationalities together. To tell nationalities as well, copy a line below the last one "
    "and choose its nationality; keep the TOTAL line.",
    "No names, dates of birth, document or case numbers, and no line that stands for one person: counts alone.",
    "Do not change the headings, the columns 'place kind' and 'place id', or the hidden column; lines and sheets that "
    "you do not need may be deleted, and other {period}s added as further columns ({example}).",
    "When done: {command}",
)


def template_bytes(
    region: Region,
    *,
    today: pd.Timestamp,
    freq: Freq,
    grains: Sequence[str] = GRAINS,
    last: int = 6,
    ahead: int = 6,
    how_to_ingest: str = "routecast ingest template FILE.xlsx",
) -> bytes:
    """The workbook (xlsx).

    Args:
        region: The pack whose indicators and places it names.
        today: The periods before the one that holds this day are the last ones.
        freq: Length of the columns' periods: W or M.
        grains: Kinds of places that have a line each.
        last: Periods up to the last whole one.
        ahead: Periods from the one that holds `today` on.
        how_to_ingest: The command that takes it, for the first sheet.
    """
    now = period_starts([today], freq)[0]
    periods = [period_name(shift(now, n, freq), freq) for n in range(-last, ahead)]
    places = [place for grain in grains for place in _places(region, grain)]
    book = Workbook()
    _write_how_to(book, region, periods, freq=freq, command=how_to_ingest)
    names = _sheet_names([i.name for i in region.indicators.values()])
    for name, indicator in zip(names, region.indicators.values(), strict=True):
        _write_indicator(book.create_sheet(name), indicator, places, periods, footnote=_footnote(region))
    _write_lists(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _places(region: Region, grain: str) -> Iterator[tuple[str, str, str]]:
    """(kind, id, name) of the places of a kind."""
    used = {cell.segment for cell in region.cells}
    if grain == "country":
        entered = dict.fromkeys(cell.to_country for cell in region.cells if cell.to_country)
        yield from ((grain, code, region.countries.get(code, code)) for code in sorted(entered))
    elif grain == "border":
        for border in sorted({s.border for s in region.segments if s.id in used and s.kind != "sea"}):
            yield grain, border, "–".join(region.countries.get(side, side) for side in border.split("-"))
    elif grain == "segment":
        yield from ((grain, s.id, s.name) for s in region.segments if s.id in used)
    else:
        yield from ((grain, p.id, p.name) for p in region.crossing_points if p.segment in used)


def _write_how_to(book: Workbook, region: Region, periods: Sequence[str], *, freq: Freq, command: str) -> None:
    sheet = book.active
    sheet.title = "How to fill in"
    sheet.column_dimensions["A"].width = TEXT_WIDTH
    words = {
        "period": "week" if freq == "W" else "month",
        "first": periods[0],
        "last": periods[-1],
        "example": "2026-W47" if freq == "W" else "2026-11",
        "command": command,
    }
    for line in (*HOW_TO, f"Region: {region.name}, pack {region.pack_version}.", *_footnote(region)):
        _append(sheet, [line.format(**words) if "{" in line else line])
    _style_rows(sheet, wrap=True)


def _footnote(region: Region) -> list[str]:
    return [region.footnote] if region.footnote else []


def _write_indicator(
    sheet: Worksheet,
    indicator: Indicator,
    places: Sequence[tuple[str, str, str]],
    periods: Sequence[str],
    *,
    footnote: Sequence[str],
) -> None:

    _append(sheet, [*HEADINGS, *periods])
    for place in places:
        _append(sheet, [indicator.id, *place, "TOTAL"])
    _style_rows(sheet, wrap=False)
    sheet.freeze_panes = sheet.cell(2, len(HEADINGS) + 1)
    for position, width in enumerate(WIDTHS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(position)]
        dimension.width, dimension.hidden = width or 10, not width
    end = len(places) + 1 + SPARE_ROWS
    for line in footnote:
        sheet.cell(end + 2, HEADINGS.index("place name") + 1, line)
    _add_checks(sheet, indicator, periods=len(periods), end=end)


def _add_checks(sheet: Worksheet, indicator: Indicator, *, periods: int, end: int) -> None:
    """What Excel says while figures are typed; the door has the last word, so these warn and do not forbid."""
    first, final = (get_column_letter(len(HEADINGS) + n) for n in (1, periods))
    count = DataValidation(
        "decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True, errorStyle="warning"
    )
    count.error = f"A number of {indicator.unit}, 0 or more; empty where nothing was reported."
    count.add(f"{first}2:{final}{end}")
    nationality = DataValidation("list", formula1=f"={LISTS}!$A:$A", allow_blank=True, errorStyle="warning")
    nationality.error = "Choose a nationality from the list, or write its name or code."
    column = get_column_letter(HEADINGS.index("nationality") + 1)
    nationality.add(f"{column}2:{column}{end}")
    for rule in (count, nationality):
        rule.showErrorMessage = True
        sheet.add_data_validation(rule)


def _write_lists(book: Workbook) -> None:
    sheet = book.create_sheet(LISTS)
    for name in (*sorted(GROUPS, key=lambda g: (g != "TOTAL", g)), *sorted(country_names())):
        _append(sheet, [name])
    sheet.sheet_state = "hidden"


def _append(sheet: Worksheet, cells: Sequence[str]) -> None:
    """A row of texts; none of them is a formula."""
    sheet.append(cells)
    for cell in sheet[sheet.max_row]:
        cell.data_type = "s"


def _style_rows(sheet: Worksheet, *, wrap: bool) -> None:

    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for (cell,) in sheet.iter_rows(max_col=1) if wrap else ():
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        # some programs draw a wrapped line over the next one unless its height is stated
        sheet.row_dimensions[cell.row].height = LINE_POINTS * (1 + len(str(cell.value or "")) // TEXT_WIDTH)


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Names of indicators as sheets may be called: 31 characters, none of `[]:*?/` and the backslash, each once."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ")[:31].strip() or "Indicator"
        same = sum(1 for other in found if other.casefold().startswith(plain.casefold()[:27]))
        found.append(plain if not same else f"{plain[:27].strip()} {same + 1}")
    return found
