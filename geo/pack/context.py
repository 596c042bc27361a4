"""The wider map: light country shapes and boundary lines around a region."""

import json
from typing import TYPE_CHECKING

from geo.region.region import Region

if TYPE_CHECKING:  # slow to import
    import geopandas as gpd

FILE = "context.geojson"


def country_shapes(region: Region) -> "gpd.GeoDataFrame | None":
    """Country shapes and border lines for maps; None where the pack has none.

    Returns:
        EPSG:4326, columns `id` (alpha-3, or a border's id), `name` ("Kosovo*" with its star; None for lines), `kind`,
        `in_region` (bool), `label_lon`, `label_lat` (where the name stands, degrees; NaN for lines), `geometry`. `kind`
        is `country` (polygon: fill it, no outline), `border` (line: solid) or `boundary_line` (the line between Serbia
        and Kosovo*: neutral and dotted). Lines follow the polygons' edges.
    """
    if region.folder is None or not (region.folder / FILE).exists():
        return None
    import geopandas as gpd  # noqa: PLC0415 - slow to import, and only maps need it

    content = json.loads((region.folder / FILE).read_text(encoding="utf-8"))
    columns = ["id", "name", "kind", "in_region", "label_lon", "label_lat", "geometry"]
    return gpd.GeoDataFrame.from_features(content["features"], columns=columns, crs="EPSG:4326")
