"""Write an export into a staging folder and rename it into place."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pyarrow.parquet as pq

from pipelines.editions.edition import Edition
from pipelines.publish.export.dictionary import RISK
from pipelines.publish.export.hubverse import write_hub
from pipelines.publish.export.ro_crate import CRATE, crate_of
from pipelines.publish.export.spreadsheets import csv_text, workbook_bytes
from pipelines.store.atomic import flush_folder, flush_tree, json_bytes, write_atomically
from records.decisions import EditionEvent

SUFFIXES: Mapping[str, str] = {"csv": ".csv", "xlsx": ".xlsx", "geoparquet": ".parquet", "geopackage": ".gpkg"}
FORMATS = ("hubverse", *SUFFIXES)
NOTES = "README.md"
MAX_ROWS = 2**20  # of an Excel sheet


class ExportError(Exception):
    """An export can't be written as asked; the message says why. Exit code 3."""


def export_edition(
    edition: Edition,
    fmt: str,
    out: Path,
    *,
    notes: Sequence[str],
    later: Edition | None = None,
    approved: EditionEvent | None = None,
    replace: bool = False,
) -> Path:
    """Write one format of an edition as a folder `routecast-<region>-<edition>-<format>` in `out`.

    Args:
        edition: What to export; every byte of it is checked first.
        fmt: One of `FORMATS`.
        out: The folder to write into.
        notes: Paragraphs that must go with the figures (caveats, footnote, mark); they lead the `README.md`.
        later: A later edition of the region; its figures say what came of the hub's forecasts.
        approved: Who approved the edition, where that may be told.
        replace: Whether an export that is already there is replaced.

    Returns:
        The export's folder.

    Raises:
        ExportError: there is an export already, or the format needs what the edition lacks.
        EditionError: the edition is damaged.
    """
    for made_of in (edition, *([later] if later else [])):
        made_of.require_intact()
    profile = edition.manifest.get("profile")
    target = out / f"routecast-{edition.region_id}-{edition.id}{f'-{profile}' if profile else ''}-{fmt}"
    if target.exists() and not replace:
        raise ExportError(f"{target}: there is an export already. Name another --out, or say --replace.")
    if fmt.startswith("geo") and not hasattr(edition.risk, "crs"):
        raise ExportError(f"{edition.id}: region '{edition.region_id}' has no geometry. Export csv or xlsx instead.")
    staging = out / f".{target.name}.{uuid4().hex}"
    staging.mkdir(parents=True)
    try:
        write_atomically(staging / NOTES, ("\n\n".join(notes) + "\n").encode())
        if fmt == "hubverse":
            write_hub(edition, staging, later=later)
        else:
            file = staging / f"routecast-{edition.region_id}-{edition.id}{SUFFIXES[fmt]}"
            _write_table(edition, fmt, file, notes=notes)
        write_atomically(staging / CRATE, json_bytes(crate_of(edition, staging, notes=notes, approved=approved)))
        flush_tree(staging)
        _into_place(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def exported_risk(edition: Edition) -> pd.DataFrame:
    """The risk table with `edition`, `synthetic` and `footnote` in each row, so that a row cut out still says it."""
    risk, manifest = edition.risk, edition.manifest
    starred = risk["name"].str.contains("*", regex=False) | risk["unit"].str.contains("XKX")
    footnote = pd.Series(manifest.get("footnote"), index=risk.index).where(starred)
    return risk.assign(edition=edition.id, synthetic=bool(manifest["synthetic"]), footnote=footnote)


def _write_table(edition: Edition, fmt: str, file: Path, *, notes: Sequence[str]) -> None:
    """The risk table as CSV (UTF-8), Excel workbook, GeoParquet 1.1 or GeoPackage (both EPSG:4326)."""
    table = exported_risk(edition)
    if fmt == "csv":
        file.write_text(csv_text(table, date_format="%Y-%m-%d"), encoding="utf-8")
    elif fmt == "xlsx":
        if len(table) >= MAX_ROWS:
            raise ExportError(f"{edition.id}: {len(table):,} rows are more than a sheet holds. Export csv instead.")
        file.write_bytes(workbook_bytes(table, notes, sheet="Risk", dictionary=RISK))
    elif fmt == "geoparquet":  # the notes ride in its metadata
        table.to_parquet(file, index=False, compression="zstd", schema_version="1.1.0")
        arrow = pq.read_table(file)
        about = json.dumps({"edition": edition.id, "notes": list(notes)}, ensure_ascii=False).encode()
        arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"routecast": about})
        pq.write_table(arrow, file, compression="zstd")
    else:  # the notes are the layer's description
        title = f"Routecast {edition.region_id} {edition.id}"
        table.to_file(
            file,
            layer="risk",
            driver="GPKG",
            engine="pyogrio",
            layer_metadata={"EDITION": edition.id, "SYNTHETIC": str(edition.manifest["synthetic"])},
            layer_options={"IDENTIFIER": title, "DESCRIPTION": "\n\n".join(notes)},
        )


def _into_place(staging: Path, target: Path) -> None:
    """A folder can't be renamed over another: the old one steps aside, and is back if the new one fails to come."""
    old = target.with_name(f".{target.name}.old-{uuid4().hex}")
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    flush_folder(target.parent)
