"""Planned capacities from a CSV of the user's: an input with an owner and a date."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from geo.pack.entries import suggest
from geo.region.region import Capacity, Region
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.personal_data import masked, nothing_quoted
from pipelines.ingest.reading.tables import days, read_csv_text
from pipelines.observations.schema import DataRefusedError

COLUMNS = ("segment", "indicator", "value", "owner", "as_of")
_SHOWN = 5
_ADVICE = "Write thousands without a mark (1200), and decimals with a place more or less than three (1.2)."


def read_capacities(path: Path, region: Region) -> tuple[Capacity, ...]:
    """Read and check a capacities file; separators and decimal commas as in figures of one's own.

    Raises:
        DataRefusedError: the file is absent, lacks columns, or has rows that the region does not know; all are named.
    """
    with nothing_quoted([path]):
        if not path.is_file():
            raise DataRefusedError(f"{path}: expected a CSV of capacities, there is none. Check the path.")
        return _capacities(path, region)


def _capacities(path: Path, region: Region) -> tuple[Capacity, ...]:
    table = read_csv_text(path, required=COLUMNS)
    rule = number_rule(table["value"], where=f"{path}, column 'value'", advice=_ADVICE)
    values, dates = rule.read(table["value"]), days(table["as_of"])
    wrong = {
        "value is not a number of 0 or more": ~(values >= 0),
        "as_of is not a day as YYYY-MM-DD": dates.isna(),
        "no owner": table["owner"] == "",
        "the segment has a capacity of this indicator further up": table.duplicated(["segment", "indicator"]),
    }
    problems = [(line, what) for what, where in wrong.items() for line in table.loc[where, "line"]]
    problems += _unknown(table, "segment", region.segment_by_id.keys())
    problems += _unknown(table, "indicator", region.indicators.keys())
    if problems:
        shown = "; ".join(f"line {line}: {what}" for line, what in sorted(problems)[:_SHOWN])
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise DataRefusedError(f"{path}: capacities can't be taken: {shown}{more}. Correct them.")
    rows = zip(table["segment"], table["indicator"], values, table["owner"], dates, strict=True)
    return tuple(Capacity(s, i, float(v), o, d.date()) for s, i, v, o, d in rows)


def _unknown(table: pd.DataFrame, column: str, known: Collection[str]) -> Iterator[tuple[int, str]]:
    for line, name in table.loc[~table[column].isin(known), ["line", column]].itertuples(index=False):
        yield line, f"unknown {column} {masked(name, known)}.{suggest(name, known)}".rstrip(".")
