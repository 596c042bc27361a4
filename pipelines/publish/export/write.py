"""Write an export into a staging folder and rename it into place."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from pipelines.editions.edition import Edition, EditionError
from pipelines.publish.export.geographic import write_geopackage, write_geoparquet
from pipelines.publish.export.hubverse import write_hub
from pipelines.publish.export.spreadsheets import write_csv, write_workbook
from pipelines.publish.export.table import ExportError
from pipelines.store.atomic import flush_folder, flush_tree, write_atomically

Writer = Callable[[Edition, Path, Sequence[str]], None]


WRITERS: Mapping[str, Writer] = {
    "csv": write_csv,
    "xlsx": write_workbook,
    "geoparquet": write_geoparquet,
    "geopackage": write_geopackage,
}
FORMATS = ("hubverse", *WRITERS)
NOTES = "README.md"


def export_edition(
    edition: Edition, fmt: str, out: Path, *, notes: Sequence[str], later: Edition | None = None, replace: bool = False
) -> Path:
    """Write one format of an edition as a folder `routecast-<region>-<edition>-<format>` in `out`.

    Args:
        edition: What to export; every byte of it is checked first.
        fmt: One of `FORMATS`.
        out: The folder to write into.
        notes: Paragraphs that must go with the figures (caveats, footnote, mark); they lead the `README.md`.
        later: A later edition of the region; its figures say what came of the hub's forecasts.
        replace: Whether an export that is already there is replaced.

    Returns:
        The export's folder.

    Raises:
        ExportError: there is an export already, or the format needs what the edition lacks.
        EditionError: the edition is damaged.
    """
    problems = edition.verify()
    if problems:
        raise EditionError(f"{edition.id}: not exported, it is damaged: {'; '.join(problems[:3])}. Restore the store.")
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
            WRITERS[fmt](edition, staging, notes)
        flush_tree(staging)
        _into_place(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


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
