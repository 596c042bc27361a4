"""US Border Patrol encounters by sector: `|`-separated months in columns of sectors."""

from pathlib import Path

import pandas as pd

from geo.region.region import Region
from pipelines.ingest.reading.tables import numbers, read_csv_text, rejected_rows
from pipelines.observations.schema import Absence, DataRefusedError, Reading

ID = "usbp"
ABSENCE: Absence = "missing"
INDICATORS = ("irregular_crossings",)
DESCRIPTION = (
    "US Border Patrol: monthly encounters by sector (months of calendar years; totals of the table are not taken)."
)
LICENCE = "US public domain"
REQUIRED = ("month", "cy")
_NOT_SECTORS = frozenset(
    {"month", "cy", "fy", "line", "coastal_border", "northern_border", "southwest_border", "monthly_total"}
)


def read(path: Path, region: Region) -> Reading:
    """Read the table; sectors that the region lists as segments are taken.

    Raises:
        DataRefusedError: no sector of the table is a segment of the region.
    """
    table = read_csv_text(path, required=REQUIRED)
    sectors = [c for c in table.columns if c not in _NOT_SECTORS]
    known = [s for s in sectors if s in region.segment_by_id]
    if not known:
        raise DataRefusedError(
            f"{path.name}: expected sectors of region '{region.id}' as columns, got {', '.join(sectors[:6])}, … "
            "List the sectors as segments in region.yaml."
        )
    year, month = numbers(table["cy"]), numbers(table["month"])
    table["period_start"] = pd.to_datetime({"year": year, "month": month, "day": 1}, errors="coerce")
    long = table.melt(id_vars=["period_start", "line"], value_vars=known, var_name="place", value_name="text")
    long["count"] = numbers(long["text"])
    unreadable = long["count"].isna() & (long["text"] != "")
    rejected = rejected_rows(
        long.loc[unreadable, "line"],
        "count of sector '" + long.loc[unreadable, "place"] + "' is not a number",
        indicator=INDICATORS[0],
    )
    out = long[~unreadable].assign(
        indicator=INDICATORS[0], place_kind="segment", period="M", nationality="TOTAL", as_of=pd.NaT
    )
    return Reading(out.drop(columns="text"), rejected)
