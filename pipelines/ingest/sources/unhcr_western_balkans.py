"""UNHCR's daily estimated arrivals per country along the Western Balkans route, October 2015 – September 2016."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from geo.locate.crosswalk import INTERNAL
from geo.region.region import Region
from pipelines.ingest.reading.numbers import NumberRule, number_rule
from pipelines.ingest.reading.personal_data import headings_for_message, sheet_for_message
from pipelines.ingest.reading.tables import find_header, split_rows, trimmed
from pipelines.ingest.reading.workbooks import read_sheets
from pipelines.observations.schema import OTHER_ROUTE, TOTAL, DataRefusedError, NumberForm, Reading, Source

INDICATOR = "irregular_crossings"
# Column → (place_kind, place, route). Of the two that enter no cell the route says why: a move inside a country, and
# arrivals of another route. They are kept as observations and counted as unallocated.
_PLACES = {
    "arrivals to italy": ("country", "ITA", OTHER_ROUTE),
    "arrivals to greek islands": ("segment", "Greek islands", None),
    "departures to mainland greece": ("country", "GRC", INTERNAL),
    "arrivals to fyrom": ("country", "MKD", "central"),
    "arrivals to serbia": ("country", "SRB", "central"),
    "arrivals to croatia": ("country", "HRV", "central"),
    "arrivals to hungary": ("country", "HUN", "central"),
    "arrivals to slovenia": ("country", "SVN", "exit"),
    "arrivals to austria": ("country", "AUT", "exit"),
}
_NOT_REPORTED = ("", "n/a", "na", "-")


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the workbook; empty cells and `N/A` are not reported, zeros are zeros.

    Raises:
        DataRefusedError: no header row with `Date` and the arrivals, or the region lacks the route's countries.
    """
    if "SRB" not in region.countries:
        raise DataRefusedError(
            f"{path.name}: expected a region with the Western Balkans' countries, got '{region.id}'."
        )
    sheets = read_sheets(path)
    found = find_header(sheets, lambda row: trimmed(row[0]).lower() == "date" and "arrivals" in trimmed(row[1]).lower())
    if found is None:
        raise DataRefusedError(
            f"{path.name}: expected a header row 'Date, Arrivals to …', found none on the sheets "
            f"{headings_for_message(sheets)}. Is it UNHCR's workbook of daily estimated arrivals?"
        )
    name, position = found
    header = [trimmed(c).lower() for c in sheets[name][position]]
    lacking = [c for c in _PLACES if c not in header]
    if lacking:
        raise DataRefusedError(
            f"{path.name}, sheet {sheet_for_message(name)}, row {position + 1}: expected a column for each country; "
            f"'{lacking[0]}' is missing ({len(lacking)} in all). Rename the header."
        )
    columns = {i: _PLACES[h] for i, h in enumerate(header) if h in _PLACES}
    rows = [(n, row) for n, row in enumerate(sheets[name][position + 1 :], position + 2) if any(map(trimmed, row[:10]))]
    cells = [(line, row[0], row[i], *place) for line, row in rows for i, place in columns.items()]
    table = pd.DataFrame(cells, columns=["line", "day", "cell", "place_kind", "place", "route"])
    return _figures(table, number_rule(table["cell"], **form, usual=",", where=f"{path.name}, sheet '{name}'"))


def _figures(table: pd.DataFrame, rule: NumberRule) -> Reading:
    day = table["day"].where(table["day"].map(lambda d: isinstance(d, datetime)))
    table["period_start"], table["count"] = pd.to_datetime(day), rule.read(table["cell"])
    silent = table["cell"].map(lambda c: trimmed(c).lower() in _NOT_REPORTED)
    reasons = pd.Series("", index=table.index)
    reasons[table["count"].isna() & ~silent] = "count is not a number"
    reasons[table["period_start"].isna()] = "no date in the row"
    table["missing_reason"] = pd.Series("not_reported", index=table.index).where(silent, None)
    fixed = {"indicator": INDICATOR, "period": "D", "nationality": TOTAL, "status": "estimated", "as_of": pd.NaT}
    return Reading(*split_rows(table.drop(columns=["day", "cell"]).assign(**fixed), reasons))


SOURCE = Source(
    id="unhcr_western_balkans",
    description="UNHCR: daily estimated arrivals per country, Western Balkans route 2015–16; "
    "Serbia is a rounded estimate.",
    licence="CC BY 3.0 IGO",
    absence="missing",
    indicators=(INDICATOR,),
    read=read,
)
