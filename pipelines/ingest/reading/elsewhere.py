"""Which figures of a provider are of places that are known, but none of the region's."""

import pandas as pd

from geo.locate.places import KINDS, place_id
from geo.region.region import Region
from pipelines.ingest.reading.mapping import Layout
from pipelines.ingest.reading.nationalities import nationality_code


def elsewhere(table: pd.DataFrame, layout: Layout, region: Region) -> pd.Series:
    """Whether each row is of a country, or a place that the mapping names, which the region does not have.

    A name that nobody knows may be a misspelt one of the region's: such rows stay, and the door refuses them.
    """
    if layout.elsewhere == "refuse" or "place" not in table:
        return pd.Series(False, index=table.index)
    named = set(layout.meaning_of("place").values())
    pairs = table[["place_kind", "place"]].drop_duplicates()
    out = {
        (kind, place): place is not None
        and kind in KINDS
        and place_id(region, kind, place) is None
        and (place in named or (kind == "country" and nationality_code(place) is not None))
        for kind, place in pairs.itertuples(index=False)
    }
    rows = table[["place_kind", "place"]].itertuples(index=False)
    return pd.Series([out[tuple(row)] for row in rows], index=table.index, dtype=bool)
