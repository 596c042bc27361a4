"""US Border Patrol encounters by sector: `|`-separated months in columns of sectors."""

from pathlib import Path

import pandas as pd

from geo.region.region import Region
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.tables import read_csv_text, split_rows
from pipelines.observations.schema import TOTAL, DataRefusedError, NumberForm, Reading, Source

INDICATOR = "irregular_crossings"
_TOTALS = ("coastal_border", "northern_border", "southwest_border", "monthly_total")


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the table; sectors that the region lists as segments are taken.

    Raises:
        DataRefusedError: no sector of the table is a segment of the region.
    """
    table = read_csv_text(path, required=("month", "cy"), optional=("fy", *_TOTALS, *region.segment_by_id))
    sectors = [c for c in table.columns if c not in ("month", "cy", "fy", "line", *_TOTALS)]
    known = [s for s in sectors if s in region.segment_by_id]
    if not known:
        raise DataRefusedError(
            f"{path.name}: expected sectors of region '{region.id}' as columns, got none. "
            "List the sectors as segments in region.yaml."
        )
    year, month = (pd.to_numeric(table[c], errors="coerce") for c in ("cy", "month"))
    table["period_start"] = pd.to_datetime({"year": year, "month": month, "day": 1}, errors="coerce")
    long = table.melt(id_vars=["period_start", "line"], value_vars=known, var_name="place", value_name="text")
    rule = number_rule(long["text"], **form, usual=",", where=f"{path.name}, the sectors' columns")
    long["count"] = rule.read(long["text"])
    wrong = long["count"].isna() & (long["text"] != "")
    reasons = ("count of sector '" + long["place"] + "' is not a number").where(wrong, "")
    fixed = {"indicator": INDICATOR, "place_kind": "segment", "period": "M", "nationality": TOTAL, "as_of": pd.NaT}
    return Reading(*split_rows(long.drop(columns="text").assign(**fixed), reasons), table.attrs["unread"])


SOURCE = Source(
    id="usbp",
    description="US Border Patrol: monthly encounters by sector "
    "(months of calendar years; totals of the table are not taken).",
    licence="US public domain",
    absence="missing",
    indicators=(INDICATOR,),
    read=read,
)
