"""A file of judgements: each row is taken before its outcome, or refused with its line and the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from geo.region.region import Region
from geo.region.units import unit_table
from pipelines.editions.edition import Edition, latest_edition
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.personal_data import masked
from pipelines.ingest.reading.tables import days, read_csv_text
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from pipelines.store.periods import period_ends, period_starts
from records.database import open_database
from records.judgements import LEVELS, JudgementRefusedError, StatedJudgement, state_judgement

COLUMNS = ("indicator", "unit", "period", *LEVELS, "reason")
OPTIONAL = ("group",)


@dataclass(frozen=True)
class JudgementsTaken:
    """What became of a file."""

    taken: int
    refused: tuple[str, ...]  # "line 3: why"


def take_judgements(path: Path, *, region: Region, store: Store, owner: str, user: str) -> JudgementsTaken:
    """Keep the judgements of a file, each stated now.

    Args:
        path: A CSV with `COLUMNS`, and `group` if wanted; `period` is its first day.
        region: The pack that indicators and units must belong to.
        store: Whose database keeps them, and whose newest edition says what is reported.
        owner: Account of whoever states them.
        user: Who enters them.

    Raises:
        DataRefusedError: the file is no such table, or has person-level fields.
        DatabaseError: the database can't be written.
    """
    check_file(path)
    table = read_csv_text(path, required=COLUMNS, optional=OPTIONAL)
    if table.attrs["unread"]:
        raise DataRefusedError(
            f"{path.name}: expected the columns {', '.join(COLUMNS)} (and, if wanted, {', '.join(OPTIONAL)}); not "
            f"known: {', '.join(table.attrs['unread'])}. Take them out."
        )
    for column in LEVELS:
        table[column] = number_rule(table[column], decimal=".").read(table[column])
    table["start"] = days(table["period"])
    reported_until = newest_reported(store, region.id)
    database, refused, taken = open_database(store.database), [], 0
    for row in table.to_dict("records"):
        try:
            _require_known(row, region)
            start = row["start"].date()
            values = {name: row[name] for name in (*COLUMNS, *OPTIONAL) if name in row} | {"period": start}
            judgement = StatedJudgement(**values, owner=owner, user=user)
            ends = last_day(start, region)
            state_judgement(database, region.id, judgement, ends=ends, reported_until=reported_until)
            taken += 1
        except JudgementRefusedError as error:
            refused.append(f"line {row['line']}: {str(error).removeprefix('judgement: ')}")
    return JudgementsTaken(taken, tuple(refused))


def newest_reported(store: Store, region: str) -> date | None:
    """First day of the newest period that the newest edition has figures of; None without an edition."""
    latest = latest_edition(store, region)
    if latest is None:
        return None
    return date.fromisoformat(Edition(store.editions(region) / latest).manifest["origin_date"])


def last_day(start: date, region: Region) -> date:
    """Last day of a period."""
    return pd.Timestamp(period_ends(pd.DatetimeIndex([start]), region.freq)[0]).date()


def _require_known(row: dict[str, object], region: Region) -> None:
    for reason in _unknown(row, region):
        raise JudgementRefusedError(reason)


def _unknown(row: dict[str, object], region: Region) -> Iterator[str]:
    """What the pack does not know."""
    for column, known in (("indicator", [*region.indicators]), ("unit", unit_table(region)["unit"].tolist())):
        name = str(row[column])
        if name not in known:
            near = ", ".join(get_close_matches(name, known, n=3)) or ", ".join(known[:3])
            yield f"expected {column} of the region's pack, got {masked(name, known)}. Write one such as {near}."
    start = row["start"]
    first = "Monday of a week" if region.freq == "W" else "first of a month"
    if not isinstance(start, pd.Timestamp) or period_starts(pd.DatetimeIndex([start]), region.freq)[0] != start:
        yield f"expected period as the {first} (YYYY-MM-DD), got another text or day. Write its first day."
