"""Where things lie in a store folder (design §4.7)."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = "routecast-store"


@dataclass(frozen=True)
class Store:
    """Paths of one store; nothing is created before something is written."""

    root: Path

    def observations(self, region: str) -> Path:
        """Folder of the region's observation batches, one Parquet file each."""
        return self.root / "observations" / region

    def confirmed(self, region: str) -> Path:
        """Folder of reports that repeated a figure unchanged, one Parquet file per ingested file."""
        return self.root / "confirmed" / region

    def accounts(self, region: str) -> Path:
        """Folder of what became of each delivered file, one JSON file for each."""
        return self.root / "accounts" / region

    def corrections(self, region: str) -> Path:
        """The region's corrections of single figures, written by hand."""
        return self.root / "corrections" / f"{region}.yaml"

    def partners(self, region: str) -> Path:
        """Folder of partners' forecasts of the region, one Parquet file per received file."""
        return self.root / "partners" / region

    def quarantine(self, region: str) -> Path:
        """Folder of refused rows, one Parquet file per ingested file."""
        return self.root / "quarantine" / region

    @property
    def snapshots(self) -> Path:
        """The providers' bytes, `<sha256>/<file name>` with `provenance.json` beside it."""
        return self.root / "snapshots"

    def editions(self, region: str) -> Path:
        """Folder of the region's published editions."""
        return self.root / "editions" / region

    def work(self, region: str) -> Path:
        """Folder of what runs have made: an unfinished one, by its fingerprint; parts for the next; safe to delete."""
        return self.root / "work" / region

    def blocks(self, region: str) -> Path:
        """Folder of what blocks of the region's rows add up to, so that it is not made again; safe to delete."""
        return self.root / "blocks" / region

    @property
    def drop(self) -> Path:
        """Where new files wait, one folder a source; `done/` and `refused/` in it."""
        return self.root / "drop"

    @property
    def database(self) -> str:
        """Address of the database: `ROUTECAST_DATABASE` (it may hold a password), or a SQLite file in the store."""
        return os.environ.get("ROUTECAST_DATABASE") or f"sqlite:///{self.root / 'database.sqlite'}"

    def profiles(self, profile: str, region: str) -> Path:
        """Folder of the region's derived editions for a profile."""
        return self.root / "profiles" / profile / region

    def shown(self, region: str) -> Path:
        """Folder of what derived editions ever showed, one Parquet file per edition; needed to protect later ones."""
        return self.root / "profiles" / ".shown" / region

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.root / "logs"

    def regions(self) -> list[str]:
        """Regions that have at least one published edition."""
        folder = self.root / "editions"
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def open_store(folder: str | Path | None = None) -> Store:
    """The store named, or by `ROUTECAST_STORE`, or `./routecast-store`."""
    return Store(Path(folder or os.environ.get("ROUTECAST_STORE") or DEFAULT_STORE).absolute())
