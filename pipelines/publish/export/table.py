"""The one table of the flat exports: the edition's risk table, each row with the edition it is from."""

from pathlib import Path

import pandas as pd

from pipelines.editions.edition import Edition


class ExportError(Exception):
    """An export can't be written as asked; the message says why. Exit code 3."""


def exported_risk(edition: Edition) -> pd.DataFrame:
    """The risk table with `edition`, `synthetic` and `footnote` in each row, so that a row cut out still says it."""
    manifest = edition.manifest
    marks = {"edition": edition.id, "synthetic": bool(manifest["synthetic"])}
    starred = edition.risk["name"].str.contains("*", regex=False) | edition.risk["unit"].str.contains("XKX")
    footnote = manifest.get("footnote")
    return edition.risk.assign(**marks, footnote=pd.Series(footnote, index=edition.risk.index).where(starred))


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Without the geometry, for formats that have none."""
    return pd.DataFrame(table.drop(columns="geometry", errors="ignore"))


def file_in(folder: Path, edition: Edition, suffix: str) -> Path:
    """Where a flat export's file lies."""
    return folder / f"routecast-{edition.region_id}-{edition.id}{suffix}"
