"""A user's own figures in the canonical columns (design §4.1); also the form of partners' tables."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.ingest.reading.numbers import NO_THOUSANDS, NumberRule, number_rule
from pipelines.ingest.reading.tables import days, read_csv_text, split_rows
from pipelines.observations.schema import NumberForm, Reading, Source

REQUIRED = ("indicator", "place_kind", "period_start", "period", "count")
_NUMBERS = ("count_upper", "lon", "lat")
_DAY = r"\d{4}-\d{2}-\d{2}"
_TEXTS = ("route", "place", "nationality", "missing_reason", "status")


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read a CSV in the canonical columns.

    Separators `,` `;` tab, decimal commas, a BOM and CRLF are understood. `<5` becomes an unknown count with the
    reason `suppressed` and the upper bound 4; an empty count is `not_reported` unless a reason is given.

    Raises:
        DataRefusedError: columns are missing, or a column's numbers don't say whether `1.234` are thousands.
    """
    table = read_csv_text(path, required=REQUIRED, optional=(*_TEXTS, *_NUMBERS, "as_of"))
    figures = figures_of(table, number_rules(table, form, file=path.name))
    return replace(figures, unread=table.attrs["unread"])


def number_rules(table: pd.DataFrame, form: NumberForm, *, file: str) -> dict[str, NumberRule]:
    """How each column of numbers is written; degrees have no thousands."""
    forms: dict[str, NumberForm] = {"count": form, "count_upper": form, "lon": NO_THOUSANDS, "lat": NO_THOUSANDS}
    return {c: number_rule(table[c], **f, where=f"{file}, column '{c}'") for c, f in forms.items() if c in table}


def figures_of(table: pd.DataFrame, rules: Mapping[str, NumberRule]) -> Reading:
    """Figures from text cells in the canonical columns; by `line`; `rules` say how numbers are written."""
    count = rules["count"].read(table["count"])
    bound = table["count"].str.extract(r"^<\s*([0-9]{1,9})$")[0].astype(float).where(lambda b: b >= 1)
    unreadable = count.isna() & bound.isna() & (table["count"] != "")
    out = pd.DataFrame({"indicator": table["indicator"], "place_kind": table["place_kind"], "period": table["period"]})
    out["period_start"], out["count"], out["line"] = days(table["period_start"]), count, table["line"]
    for column in _TEXTS:
        out[column] = table[column].replace("", None) if column in table else None
    out["nationality"], out["status"] = out["nationality"].fillna("TOTAL"), out["status"].fillna("final")
    stated = np.floor(rules["count_upper"].read(table["count_upper"])) if "count_upper" in table else bound * np.nan
    upper = (bound - 1).fillna(stated.where(stated.between(0, 1e9) & count.isna()))
    out.loc[upper.notna() & out["missing_reason"].isna(), "missing_reason"] = "suppressed"
    out["count_upper"] = upper.astype("Int64")
    for column in ("lon", "lat"):
        out[column] = rules[column].read(table[column]) if column in table else np.nan
    given = table["as_of"] if "as_of" in table else pd.Series("", index=table.index)
    out["as_of"] = days(given)
    both = out["count"].notna() & out["missing_reason"].notna()
    reasons = pd.Series("", index=table.index)
    for column in _NUMBERS:
        if column in table:
            unread = rules[column].read(table[column]).isna() & (table[column] != "")
            reasons[unread] = f"{column} is not a number"
    for column, cells in (("as_of", given), ("period_start", table["period_start"])):
        wrong = (cells != "") & out[column].isna()
        reasons[wrong] = f"impossible date in {column}"
        reasons[wrong & ~cells.str.fullmatch(_DAY)] = f"{column} is not written as YYYY-MM-DD"
    reasons[both] = "a count and a missing_reason exclude each other"
    reasons[unreadable] = "count is not a number (leave it empty where nothing was reported)"
    return Reading(*split_rows(out, reasons))


SOURCE = Source(
    id="csv",
    description="Figures in Routecast's own columns, one row per figure.",
    licence="as agreed with the sender",
    absence="missing",
    indicators=(),
    read=read,
    verbatim=True,
)
