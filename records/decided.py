"""Tables of what people decide: nothing is overwritten, each row stands in the audit trail, the last word counts."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, RowMapping, Table, insert, select

from records.audit import AuditAction, append_on
from records.database import Database

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")  # no document can hold most of them


class Decided(NamedTuple):
    """A table of decisions: each of its rows stands in the audit trail, by an entry of the same transaction."""

    table: Table
    subject: tuple[str, ...]  # columns that say what a row speaks of: of a subject's rows the last one counts
    entries: Mapping[str, AuditAction]  # what the row says in the column `said_in` → the entry's action
    said_in: str = ""

    def entry_of(self, row: Mapping[str, Any]) -> tuple[AuditAction, dict[str, Any], dict[str, Any]]:
        """A row's entry: its action, the facts that entries have columns for, and its detail."""
        facts = {key: row[key] for key in ("user", "region", "edition", "at") if key in row}
        detail = {key: value for key, value in row.items() if key not in (*facts, "id", self.said_in)}
        said = row.get(self.said_in, "")  # another word than the program knows was written past it
        return self.entries.get(said, cast(AuditAction, said)), facts, detail


def plain_text(text: str, most: int) -> str:
    """A text without control characters and blanks around it; line breaks become blanks.

    Raises:
        ValueError: it is longer than it may be.
    """
    plain = _CONTROL.sub(" ", text).strip()
    if len(plain) > most:
        raise ValueError(f"text: expected at most {most} characters, got {len(plain)}. Shorten it.")
    return plain


def keep(database: Database, decided: Decided, values: Mapping[str, Any]) -> None:
    """Write a row and its entry in the audit trail, both or neither; the entry first, so that both are in one order.

    Raises:
        DatabaseError: the database can't be written.
    """
    action, facts, detail = decided.entry_of(values)
    with database.writing() as connection:
        append_on(connection, action, detail=detail, **facts)
        connection.execute(insert(decided.table).values(**values))


def rows(database: Database, table: Table, region: str, *of: ColumnElement[bool]) -> list[RowMapping]:
    """A region's rows without their numbers, in the order in which they were made."""
    columns = [column for column in table.c if column.name != "id"]
    asked = select(*columns).where(table.c.region == region, *of).order_by(table.c.id)
    with database.reading() as connection:
        return list(connection.execute(asked).mappings())
