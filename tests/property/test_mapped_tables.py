"""A table that is written as a mapping says, in any of its forms, is read back equal."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import yaml
from hypothesis import given, settings, strategies as st

from pipelines.ingest.reading.mapped_table import read_with
from pipelines.ingest.reading.mapping import Mapping
from tests.regions import make_region

SECTIONS = ("a-1", "a-2", "b-1")
FORMS = {
    "2010M01": lambda d: f"{d:%Y}M{d:%m}",
    "2010-01": lambda d: f"{d:%Y-%m}",
    "JAN2010": lambda d: f"{d:%b}".upper() + f"{d:%Y}",
    "January 2010": lambda d: f"{d:%B %Y}",
    "01/2010": lambda d: f"{d:%m/%Y}",
}


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    form: str
    delimiter: str
    thousands: str
    encoding: str
    wide: str  # "", "months" or "sections"
    split: bool  # each figure in two parts
    title: bool


styles = st.builds(
    Style,
    form=st.sampled_from(sorted(FORMS)),
    delimiter=st.sampled_from(",;\t|"),
    thousands=st.sampled_from(["", ".", " ", "'"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1250", "cp1251", "iso-8859-7"]),
    wide=st.sampled_from(["", "months", "sections"]),
    split=st.booleans(),
    title=st.booleans(),
)
counts = st.dictionaries(
    st.tuples(st.sampled_from(SECTIONS), st.integers(0, 30)), st.integers(0, 2_000_000), min_size=3, max_size=25
)


def month(number: int) -> pd.Timestamp:
    return pd.Timestamp("2010-01-01") + pd.DateOffset(months=number)


def written(count: int, style: Style) -> str:
    return f"{count:,}".replace(",", style.thousands)


def rows_of(figures: dict[tuple[str, int], int], style: Style) -> list[list[str]]:
    """The table's rows, the header first."""
    parts = [("", 0), ("x", 1)] if style.split else [("", 0)]

    def cell(section: str, at: int, part: int) -> str:
        if (section, at) not in figures:
            return ":"
        whole = figures[section, at]
        share = whole // 3 if style.split else whole
        return written(share if part == 0 else whole - share, style)

    months, named = sorted({m for _, m in figures}), FORMS[style.form]
    kind = ["Kind"] if style.split else []
    if style.wide == "months":
        head = ["Section", *kind, *(named(month(m)) for m in months)]
        return [
            head,
            *(
                [s, *[k for k in [name] if kind], *(cell(s, m, p) for m in months)]
                for s in SECTIONS
                for name, p in parts
            ),
        ]
    if style.wide == "sections":
        head = ["Month", *kind, *SECTIONS]
        return [
            head,
            *(
                [named(month(m)), *[k for k in [name] if kind], *(cell(s, m, p) for s in SECTIONS)]
                for m in months
                for name, p in parts
            ),
        ]
    long = [[s, named(month(m)), *[k for k in [name] if kind], cell(s, m, p)] for s, m in figures for name, p in parts]
    return [["Section", "Month", *kind, "Number"], *long]


def mapping_for(style: Style) -> Mapping:
    columns: dict[str, Any] = {"place": "Section", "period_start": "Month", "count": "Number"}
    keys: dict[str, Any] = {"constants": {"indicator": "irregular_crossings", "place_kind": "segment"}}
    if style.wide:
        columns = {"place": "Section", "period_start": "Month"}
        columns["period_start" if style.wide == "months" else "place"] = "@heading"
        keys["wide"] = "known"
    if style.split:
        keys["add_up_over"] = ["Kind"]
    keys |= {"columns": columns, "encoding": style.encoding, "thousands": style.thousands or None}
    return Mapping.model_validate(yaml.safe_load(yaml.safe_dump(keys)))


@given(figures=counts, style=styles)
@settings(max_examples=60, deadline=None)
def test_a_table_written_through_a_mapping_is_read_back_equal(
    figures: dict[tuple[str, int], int], style: Style
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\r\n")
    writer.writerows([["Table 1. Detections"], []] if style.title else [])
    writer.writerows(rows_of(figures, style))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode(style.encoding))
        reading = read_with(mapping_for(style), path, make_region())
    table = reading.observations.dropna(subset="count")
    read = {(p, s): int(c) for p, s, c in zip(table["place"], table["period_start"], table["count"], strict=True)}
    assert read == {(section, month(m)): count for (section, m), count in figures.items()}
    assert reading.rejected.empty
