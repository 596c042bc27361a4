"""The one canonical long table of observations (design §4.1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict, get_args

import pandas as pd
import pyarrow as pa

from geo.region.region import Region

Absence = Literal["missing", "zero_within_span"]
PLACE_KINDS = ("point", "crossing_point", "segment", "border", "country", "route", "region")
PERIODS = ("D", "W", "M", "Q", "Y")
MISSING_REASONS = ("not_reported", "suppressed", "closed", "invalid")
REASON_ORDER = ("not_reported", "closed", "invalid", "suppressed")  # of several, the last one stands
TOTAL, UNKNOWN = "TOTAL", "UNK"  # nationalities: all of them together; of those not told
OTHER_ROUTE = "other_route"  # the `route` of a figure that belongs to none of the region's routes
STATUSES = ("final", "preliminary", "estimated")
MAX_COUNT = 1e9  # of people; beyond it a slip, and sums would lose the small counts beside it

SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("as_of_assumed", pa.bool_(), nullable=False),
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("route", pa.string()),
        pa.field("place_kind", pa.string(), nullable=False),
        pa.field("place", pa.string()),
        pa.field("lon", pa.float64()),
        pa.field("lat", pa.float64()),
        pa.field("nationality", pa.string(), nullable=False),
        pa.field("period_start", pa.date32(), nullable=False),
        pa.field("period", pa.string(), nullable=False),
        pa.field("count", pa.float64()),
        pa.field("missing_reason", pa.string()),
        pa.field("count_upper", pa.int64()),
        pa.field("status", pa.string(), nullable=False),
    ]
)
COLUMNS = tuple(SCHEMA.names)
# What identifies a figure; its vintages differ in `as_of` alone.
KEY = ("source", "indicator", "route", "place_kind", "place", "lon", "lat", "nationality", "period_start", "period")
# A report that repeated a figure unchanged: no new vintage, but the nowcast needs to know that it was looked at again.
CONFIRMED_SCHEMA = pa.schema([*(SCHEMA.field(k) for k in KEY), SCHEMA.field("as_of")])
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string()),
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),  # 1 = the file's first line or row
        pa.field("column", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("indicator", pa.string()),
        pa.field("count", pa.float64()),  # NaN where it could not be read; keeps conservation checkable
    ]
)


class DataRefusedError(Exception):
    """A file as a whole can't be taken; the message names file, what was expected and what to do. Exit code 3.

    `lines` says what became of the files before it, for the terminal.
    """

    lines: tuple[str, ...] = ()


class NothingTakenError(DataRefusedError):
    """Not one row of a file could be taken; its rows are in quarantine. `lines` says what became of the others."""

    def __init__(self, message: str, *, lines: Sequence[str] = ()) -> None:
        """Take the message, and the lines for the terminal."""
        super().__init__(message)
        self.lines = tuple(lines)


class PersonalDataError(DataRefusedError):
    """A file holds what looks like data on persons: nothing of it is taken.

    `sure`: so much speaks for it that no copy of the file may stay.
    """

    sure: bool = False


@dataclass(frozen=True)
class Reading:
    """What a source made of one file.

    `observations` has the columns of `SCHEMA`, dates as `datetime64[ns]` at midnight (written as date32). `as_of` may
    be NaT (ingest then assumes period end + delay), places may still be names, and `line` (int, 1-based) is an extra
    column that is dropped on storing. `rejected` has the columns of `QUARANTINE_SCHEMA`. `unread` says what of the file
    was not read, as phrases for a message (`column 'demographic'`, `sheet 'Notes'`).
    """

    observations: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=lambda: QUARANTINE_SCHEMA.empty_table().to_pandas())
    unread: tuple[str, ...] = ()


class NumberForm(TypedDict, total=False):
    """What was stated of how a delivery writes numbers: its mark of thousands, its decimal mark."""

    thousands: str | None
    decimal: str | None


def empty_observations() -> pd.DataFrame:
    """A table with the canonical columns and no row."""
    return SCHEMA.empty_table().to_pandas(date_as_object=False)


@dataclass(frozen=True)
class Source:
    """All that is to say about a provider: each module in `pipelines/ingest/sources` defines one, as `SOURCE`.

    Raises:
        ValueError: on import, if `id` is no plain name or `absence` is not one of `Absence`.
    """

    id: str  # as on the command line, in the drop folder and in the table's column `source`
    description: str
    licence: str
    absence: Absence  # what it means that a figure is not there
    indicators: tuple[str, ...]  # what it reports; empty: whatever the region has
    # a file as observations, numbers as stated or as its columns show; raises `DataRefusedError` for it as a whole
    read: Callable[[Path, Region, NumberForm], Reading]
    verbatim: bool = False  # every cell of its text files is checked, so the bytes may be kept if no row was refused

    def __post_init__(self) -> None:
        """Refuse at import what would mislead later."""
        if not self.id.isidentifier():
            raise ValueError(f"source '{self.id}': expected an id of letters, digits and '_'.")
        if self.absence not in get_args(Absence):
            expected = " or ".join(get_args(Absence))
            raise ValueError(f"source '{self.id}', absence: expected {expected}, got '{self.absence}'.")
