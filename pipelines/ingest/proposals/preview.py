"""What a mapping makes of a table, before anything is kept: first figures, sums, what is refused or not read."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from geo.region.region import Region
from pipelines.ingest.door.validate import validate
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.mapped_table import read_with
from pipelines.ingest.reading.mapping import Mapping
from pipelines.ingest.reading.personal_data import nothing_quoted
from pipelines.observations.schema import TOTAL

SHOWN = 20
FIGURE_COLUMNS = ("indicator", "place", "nationality", "period_start", "period", "count")


@dataclass(frozen=True)
class Preview:
    """A table as a mapping reads it; places and groups are those that the region knows."""

    figures: pd.DataFrame  # the first `SHOWN`, columns `FIGURE_COLUMNS`
    sums: pd.DataFrame  # indicator, place, nationality (`TOTAL` or "groups"), figures, first, last, count
    taken: int
    count: float  # of all that is taken; totals and groups are both in it where a table has both
    refused: tuple[tuple[str, int, float], ...]  # reason, rows, their count as far as it can be read
    unread: tuple[str, ...]

    @property
    def refused_rows(self) -> int:
        """Rows that would go to quarantine."""
        return sum(rows for _, rows, _ in self.refused)


def preview(mapping: Mapping, path: Path, region: Region, *, today: date) -> Preview:
    """Read and check a table by a mapping, and keep nothing.

    Raises:
        DataRefusedError: the table does not fit the mapping, or can't be taken as a whole.
    """
    with nothing_quoted([path]):
        check_file(path)
        reading = read_with(mapping, path, region)
    checked = validate(reading, region, source=mapping.source, file=path.name, today=today)
    table, rejected = checked.observations, checked.rejected
    points = table["place_kind"] == "point"
    where = table["lat"].map("{:.1f}".format) + ", " + table["lon"].map("{:.1f}".format)
    table = table.assign(place=table["place"].where(~points, where))
    grouped = rejected.groupby("reason", sort=False)["count"].agg(["size", "sum"])
    refused = sorted(((str(r), int(n), float(c)) for r, n, c in grouped.itertuples()), key=lambda r: -r[1])
    return Preview(
        figures=table[list(FIGURE_COLUMNS)].head(SHOWN).reset_index(drop=True),
        sums=_sums(table),
        taken=len(table),
        count=float(table["count"].sum()),
        refused=tuple(refused),
        unread=reading.unread,
    )


def _sums(table: pd.DataFrame) -> pd.DataFrame:
    """Sums by place, totals and groups apart; the largest first."""
    kind = table["nationality"].where(table["nationality"] == TOTAL, "groups")
    keys = ["indicator", "place", "nationality"]
    grouped = table.assign(nationality=kind).groupby(keys, sort=False, dropna=False)
    out = grouped.agg(
        figures=("count", "size"), first=("period_start", "min"), last=("period_start", "max"), count=("count", "sum")
    )
    return out.reset_index().sort_values("count", ascending=False, ignore_index=True)
