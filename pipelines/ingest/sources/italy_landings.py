"""Italian Ministry of the Interior: daily sea landings, long by bulletin; every bulletin is a vintage.

A bulletin lists its whole month: days after its own date are filled with zeros that nobody observed and are left out.
The figures belong to a country (`ITA`): a region that names a segment for them maps it by an alias in `region.yaml`
(`aliases: {Italy: <segment>}` and a segment, or a route whose cells enter ITA).
"""

from pathlib import Path

import pandas as pd

from geo.locate.places import place_id
from geo.region.region import Region
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.tables import days, read_csv_text, split_rows
from pipelines.observations.schema import TOTAL, DataRefusedError, NumberForm, Reading, Source

INDICATOR = "irregular_crossings"


def read(path: Path, region: Region, form: NumberForm) -> Reading:
    """Read the table of bulletins; impossible dates and values that are no number are refused row by row.

    Raises:
        DataRefusedError: columns are missing, or the region has no place for Italy.
    """
    segment = place_id(region, "segment", "Italy")
    if segment is None and place_id(region, "country", "ITA") is None:
        raise DataRefusedError(
            f"{path.name}: expected a region with a segment 'Italy' or routes that enter ITA, got '{region.id}'. "
            "Add the segment, or an alias 'Italy' of one, to region.yaml."
        )
    table = read_csv_text(path, required=("data", "valore", "data_report"))
    table["period_start"], table["as_of"] = days(table["data"]), days(table["data_report"])
    rule = number_rule(table["valore"], **form, usual=".", where=f"{path.name}, column 'valore'")
    table["count"] = rule.read(table["valore"])
    reasons = pd.Series("", index=table.index)
    reasons[table["count"].isna() & (table["valore"] != "")] = "count is not a number"
    reasons[table["as_of"].isna()] = "impossible date in Data_Report"
    reasons[table["period_start"].isna()] = "impossible date in Data"
    observed = ~(table["period_start"] > table["as_of"])
    kind, place = ("segment", segment) if segment else ("country", "ITA")
    fixed = {"indicator": INDICATOR, "period": "D", "nationality": TOTAL, "status": "preliminary"}
    figures = table[["period_start", "as_of", "count", "line"]].assign(place_kind=kind, place=place, **fixed)
    return Reading(*split_rows(figures[observed], reasons[observed]), table.attrs["unread"])


SOURCE = Source(
    id="italy_landings",
    description="Italian Ministry of the Interior: daily sea landings, each bulletin a vintage.",
    licence="CC BY 4.0",
    absence="missing",
    indicators=(INDICATOR,),
    read=read,
)
