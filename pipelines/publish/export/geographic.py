"""GeoParquet and GeoPackage exports: the risk table with the segments' lines, and areas at sea."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.editions.edition import Edition
from pipelines.publish.export.table import exported_risk, file_in

LAYER = "risk"


def write_geoparquet(edition: Edition, folder: Path, notes: Sequence[str]) -> None:
    """The risk table as GeoParquet 1.1 (EPSG:4326); the notes ride in its metadata under `routecast`."""
    path = file_in(folder, edition, ".parquet")
    exported_risk(edition).to_parquet(path, index=False, compression="zstd", schema_version="1.1.0")
    table = pq.read_table(path)
    about = {b"routecast": json.dumps({"edition": edition.id, "notes": list(notes)}, ensure_ascii=False).encode()}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **about}), path, compression="zstd")


def write_geopackage(edition: Edition, folder: Path, notes: Sequence[str]) -> None:
    """The risk table as layer `risk` of a GeoPackage (EPSG:4326); the notes are its description."""
    exported_risk(edition).to_file(
        file_in(folder, edition, ".gpkg"),
        layer=LAYER,
        driver="GPKG",
        engine="pyogrio",
        layer_metadata={"EDITION": edition.id, "SYNTHETIC": str(edition.manifest["synthetic"])},
        layer_options={"IDENTIFIER": f"Routecast {edition.region_id} {edition.id}", "DESCRIPTION": "\n\n".join(notes)},
    )
