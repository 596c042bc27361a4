"""What became of each delivered file: how much of its count was taken and refused, and what of it was not read."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store

COPY = "stands in the file twice"  # how the reasons of true copies end, at every door
MAX_REFUSED_SHARE = 0.05  # of a file's count: beyond it, what rests on the file is degraded (exit code 4)


@dataclass(frozen=True)
class FileAccount:
    """One file; true copies of a figure are neither taken nor lost, and stand for nothing here."""

    source: str
    file: str
    sha256: str
    ingested: str  # day
    taken: float  # sum of the counts of rows that could be taken, whether they were news or not
    taken_rows: int  # those of them with a count
    refused: float  # sum of the counts of refused rows, as far as they can be read
    refused_rows: int
    unreadable_rows: int  # those of them without a readable count
    unread: tuple[str, ...] = ()  # what of the file was not read
    name_mark: str = ""  # of the whole name, where `file` leaves out what could be a person's

    @property
    def refused_share(self) -> float:
        """Share of the file's count that was refused, in [0, 1].

        A row whose count can't be read stands for as much as the mean of the others; where all of them are zero or
        unreadable, rows are counted.
        """
        with_count = self.taken_rows + self.refused_rows - self.unreadable_rows
        mean = (self.taken + self.refused) / with_count if with_count else 0.0
        if mean == 0:
            return self.refused_rows / max(self.taken_rows + self.refused_rows, 1)
        lost = self.refused + self.unreadable_rows * mean
        return lost / (self.taken + lost)

    @property
    def much_refused(self) -> bool:
        """Whether more was refused than may pass without a word."""
        return self.refused_share > MAX_REFUSED_SHARE

    def lines(self) -> Iterator[str]:
        """For the terminal: what was refused of the count, and what was not read."""
        if self.refused_rows:
            unread = f", and rows without a readable count: {self.unreadable_rows:,}" if self.unreadable_rows else ""
            least = "at least " if self.unreadable_rows else ""
            todo = f" More than {MAX_REFUSED_SHARE:.0%}: mend the rows and send the whole file again under its name."
            yield (
                f"refused of the count: {least}{self.refused:,.0f} of {self.taken + self.refused:,.0f}{unread} "
                f"({self.refused_share:.0%}).{todo if self.much_refused else ''}"
            )
        if self.unread:
            yield f"not read: {', '.join(self.unread)}"


@dataclass(frozen=True)
class Counted:
    """Counts of rows added up; rows without one are left out."""

    count: float = 0.0
    rows: int = 0

    @classmethod
    def of(cls, counts: pa.ChunkedArray | pd.Series) -> Self:
        """Of a column of counts."""
        known = pa.array(counts, from_pandas=True) if isinstance(counts, pd.Series) else counts
        return cls(float(pc.sum(known).as_py() or 0.0), len(known) - known.null_count)

    def __add__(self, other: "Counted") -> "Counted":
        """Both together."""
        return Counted(self.count + other.count, self.rows + other.rows)

    def __sub__(self, other: "Counted") -> "Counted":
        """These without some of them."""
        return Counted(self.count - other.count, self.rows - other.rows)


def refused_amounts(rejected: pd.DataFrame) -> dict[str, Any]:
    """The amounts of refused rows, true copies left out."""
    lost = rejected.loc[~rejected["reason"].astype(str).str.endswith(COPY), "count"].astype(float)
    return {"refused": float(lost.sum()), "refused_rows": len(lost), "unreadable_rows": int(lost.isna().sum())}


def mark_of(name: str) -> str:
    """A mark that tells names of files apart without saying them."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def keep_account(store: Store, region: str, account: FileAccount) -> None:
    """Keep what became of a file; the same again adds nothing."""
    if not any(_same(account, known) for known in all_accounts(store, region) if known.sha256 == account.sha256):
        folder = store.accounts(region)
        number = len(list(folder.glob("*.json"))) + 1
        path = folder / f"{number:06d}-{account.source}-{account.sha256[:12]}.json"
        write_atomically(path, json_bytes(asdict(account)))


def _same(one: FileAccount, other: FileAccount) -> bool:
    return {**asdict(one), "ingested": ""} == {**asdict(other), "ingested": ""}


def all_accounts(store: Store, region: str) -> list[FileAccount]:
    """Every account of a region, in the order in which the files came."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(store.accounts(region).glob("[!.]*.json"))]
    return [FileAccount(**{**given, "unread": tuple(given["unread"])}) for given in map(json.loads, texts)]


def current_accounts(store: Store, region: str) -> list[FileAccount]:
    """The newest account of each file by its source and name: a mended file of the same name takes the place."""
    newest = {(a.source, a.file, a.name_mark): a for a in all_accounts(store, region)}
    return [newest[key] for key in sorted(newest)]


def first_taken(store: Store, region: str, source: str, digest: str, *, today: date) -> date | None:
    """The day up to today on which a file of a source was taken first, by its SHA-256."""
    own = [a for a in all_accounts(store, region) if (a.source, a.sha256) == (source, digest)]
    days = [day for a in own if (day := date.fromisoformat(a.ingested)) <= today]
    return min(days, default=None)


def account_checksums(store: Store, region: str) -> dict[str, str]:
    """SHA-256 of every account by name: an edition tells of them."""
    return {f"accounts/{p.name}": checksum(p) for p in sorted(store.accounts(region).glob("[!.]*.json"))}


def account_rows(accounts: list[FileAccount]) -> list[dict[str, Any]]:
    """For the quality report: a row a file, the one of which most was refused first."""
    ordered = sorted(accounts, key=lambda a: (-a.refused_share, a.source, a.file))
    return [
        {
            "source": a.source,
            "file": a.file,
            "ingested": a.ingested,
            "refused_share": a.refused_share,
            "much_refused": a.much_refused,
            "taken": a.taken,
            "refused": a.refused,
            "refused_rows": a.refused_rows,
            "unreadable_rows": a.unreadable_rows,
            "unread": ", ".join(a.unread),
        }
        for a in ordered
    ]
