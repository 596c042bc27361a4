"""Whether what a store took in is still what it took in, byte by byte."""

from pathlib import Path

from pipelines.ingest.daily.layout import damaged_deliveries
from pipelines.store.checksums import checksum, damage_of
from pipelines.store.paths import Store

BATCHES = ("observations", "confirmed", "quarantine", "partners")


def damaged_inputs(store: Store) -> list[str]:
    """Every batch, delivered table and provider's file of a store that is not as it was written, each with the reason.

    Reads every byte.
    """
    batches = [p for kind in BATCHES for p in sorted((store.root / kind).glob("*/*.parquet"))]
    found = [f"{p.relative_to(store.root)}: {damage}" for p in batches if (damage := damage_of(p))]
    for folder in sorted((store.root / "daily").glob("*")):
        found += damaged_deliveries(folder, store.root)
    for provenance in sorted(store.snapshots.glob("*/provenance.json")):
        found += _damaged_snapshot(provenance.parent, store.root)
    return found


def _damaged_snapshot(folder: Path, root: Path) -> list[str]:
    """A provider's file lies in a folder that is named by its checksum."""
    files = [p for p in folder.iterdir() if p.name != "provenance.json" and not p.name.startswith(".")]
    if not files:
        return [f"{folder.relative_to(root)}: the provider's file is missing. Put it back from a backup."]
    return [
        f"{p.relative_to(root)}: expected the provider's bytes, got others. Put the file back from a backup, or get it "
        "again from the provider; the figures taken from it are kept apart and are whole."
        for p in files
        if checksum(p) != folder.name
    ]
