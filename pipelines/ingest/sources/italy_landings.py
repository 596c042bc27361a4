"""Italian Ministry of the Interior: daily sea landings, long by bulletin; every bulletin is a vintage.

A bulletin lists its whole month: days after its own date are filled with zeros that nobody observed and are left out.
The figures belong to a country (`ITA`): a region that names a segment for them maps it by an alias in `region.yaml`
(`aliases: {Italy: <segment>}` and a segment, or a route whose cells enter ITA).
"""

from pathlib import Path

import pandas as pd

from geo.locate.places import resolve_place
from geo.region.region import Region
from pipelines.ingest.reading.tables import days, numbers, read_csv_text, rejected_rows
from pipelines.observations.schema import Absence, DataRefusedError, Reading

ID = "italy_landings"
ABSENCE: Absence = "missing"
INDICATORS = ("irregular_crossings",)
DESCRIPTION = "Italian Ministry of the Interior: daily sea landings, each bulletin a vintage."
LICENCE = "CC BY 4.0"
REQUIRED = ("data", "valore", "data_report")


def read(path: Path, region: Region) -> Reading:
    """Read the table of bulletins; impossible dates and values that are no number are refused row by row.

    Raises:
        DataRefusedError: columns are missing, or the region has no place for Italy.
    """
    segment = resolve_place(region, "segment", "Italy").id
    if segment is None and resolve_place(region, "country", "ITA").id is None:
        raise DataRefusedError(
            f"{path.name}: expected a region with a segment 'Italy' or routes that enter ITA, got '{region.id}'. "
            "Add the segment, or an alias 'Italy' of one, to region.yaml."
        )
    table = read_csv_text(path, required=REQUIRED)
    table["period_start"], table["as_of"] = days(table["data"]), days(table["data_report"])
    table["count"] = numbers(table["valore"])
    observed = ~(table["period_start"] > table["as_of"])
    reasons = pd.Series("", index=table.index)
    reasons[table["count"].isna() & (table["valore"] != "")] = "count is not a number"
    reasons[table["as_of"].isna()] = "impossible date in Data_Report"
    reasons[table["period_start"].isna()] = "impossible date in Data"
    bad = observed & (reasons != "")
    rejected = rejected_rows(
        table.loc[bad, "line"], reasons[bad], indicator=INDICATORS[0], count=table.loc[bad, "count"]
    )
    place = {"place_kind": "segment", "place": segment} if segment else {"place_kind": "country", "place": "ITA"}
    kept = table.loc[observed & ~bad, ["period_start", "as_of", "count", "line"]]
    return Reading(
        kept.assign(indicator=INDICATORS[0], period="D", nationality="TOTAL", status="preliminary", **place), rejected
    )
