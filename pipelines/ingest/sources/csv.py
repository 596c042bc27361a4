"""A user's own figures in the canonical columns (design §4.1); also the form of partners' tables."""

from collections.abc import Iterator, Mapping
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
    return replace(figures, unread=(*table.attrs["unread"], *_unused_bounds(table, figures)))


def _unused_bounds(table: pd.DataFrame, figures: Reading) -> list[str]:
    """What to tell of upper bounds that say nothing, because a count or another bound stands beside them."""
    kept = figures.observations["count_upper"]
    if "count_upper" not in table:
        return []
    given = table.loc[kept.index, "count_upper"]
    unused = int(((given != "") & (given != kept.astype(str))).sum())
    return [f"{unused:,} upper bounds beside a count"] if unused else []


def number_rules(table: pd.DataFrame, form: NumberForm, *, file: str) -> dict[str, NumberRule]:
    """How each column of numbers is written; degrees have no thousands."""
    forms: dict[str, NumberForm] = {"count": form, "count_upper": form, "lon": NO_THOUSANDS, "lat": NO_THOUSANDS}
    return {c: number_rule(table[c], **f, where=f"{file}, column '{c}'") for c, f in forms.items() if c in table}


def figures_of(table: pd.DataFrame, rules: Mapping[str, NumberRule]) -> Reading:
    """Figures from text cells in the canonical columns; by `line`; `rules` say how numbers are written."""
    count, cells = rules["count"].read(table["count"]), table["count"]
    bound = pd.Series(np.nan, index=table.index)
    if count.isna().any():
        bound = cells.str.extract(r"^<\s*([0-9]{1,9})$")[0].astype(float).where(lambda b: b >= 1)
    unreadable = count.isna() & bound.isna() & (cells != "")
    texts = {c: table[c].replace("", None) if c in table else None for c in _TEXTS}
    given = table["as_of"] if "as_of" in table else pd.Series("", index=table.index)
    stated = np.floor(rules["count_upper"].read(table["count_upper"])) if "count_upper" in table else bound * np.nan
    upper = (bound - 1).fillna(stated.where(stated.between(0, 1e9) & count.isna()))
    out = pd.DataFrame(
        {
            **{c: table[c] for c in ("indicator", "place_kind", "period", "line")},
            **texts,
            "period_start": days(table["period_start"]),
            "count": count,
            "count_upper": upper.astype("Int64"),
            **{c: rules[c].read(table[c]) if c in table else np.nan for c in ("lon", "lat")},
            "as_of": days(given),
        },
        index=table.index,
    )
    out["nationality"], out["status"] = out["nationality"].fillna("TOTAL"), out["status"].fillna("final")
    if upper.notna().any():
        out.loc[upper.notna() & out["missing_reason"].isna(), "missing_reason"] = "suppressed"
    both = out["count"].notna() & out["missing_reason"].notna()
    reasons = pd.Series("", index=table.index)
    for reason, wrong in _faults(table, out, rules, given):
        if wrong.any():
            reasons[wrong] = reason
    reasons[both] = "a count and a missing_reason exclude each other"
    reasons[unreadable] = "count is not a number (leave it empty where nothing was reported)"
    return Reading(*split_rows(out, reasons))


def _faults(
    table: pd.DataFrame, out: pd.DataFrame, rules: Mapping[str, NumberRule], given: pd.Series
) -> Iterator[tuple[str, pd.Series]]:
    """What is wrong in cells beside the count, and in which rows; of several the last is told."""
    for column in _NUMBERS:
        if column in table:
            yield f"{column} is not a number", rules[column].read(table[column]).isna() & (table[column] != "")
    for column, cells in (("as_of", given), ("period_start", table["period_start"])):
        wrong = (cells != "") & out[column].isna()
        yield f"impossible date in {column}", wrong
        if wrong.any():
            yield f"{column} is not written as YYYY-MM-DD", wrong & ~cells.str.fullmatch(_DAY)


SOURCE = Source(
    id="csv",
    description="Figures in Routecast's own columns, one row per figure.",
    licence="as agreed with the sender",
    absence="missing",
    indicators=(),
    read=read,
    verbatim=True,
)
