"""Vulnerability and impact that analysts state on the dashboard; each has an owner, a date and who entered it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import insert, select

from records.audit import append_on
from records.database import Database
from records.tables import ASSESSMENTS


@dataclass(frozen=True)
class StatedAssessment:
    """One entry; without a level it withdraws the earlier one of the same part, place and kind."""

    part: str  # "vulnerability" or "impact"
    place: str  # "segment:<id>", "border:<id>" or "route:<id>"
    kind: str
    level: str | None
    value: float | None  # 0–1, where one was stated
    owner: str
    as_of: date
    user: str = ""
    at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a later entry takes the place of."""
        return self.part, self.place, self.kind


def state_assessment(database: Database, region: str, stated: StatedAssessment, *, user: str) -> None:
    """Keep an entry; earlier ones stay as history.

    Raises:
        DatabaseError: the database can't be written.
    """
    values = {**vars(stated), "region": region, "user": user, "at": datetime.now(tz=UTC)}
    with database.writing() as connection:
        connection.execute(insert(ASSESSMENTS).values(**values))
        detail = {key: value for key, value in vars(stated).items() if key not in ("user", "at")}
        append_on(connection, "assessment_stated", user=user, region=region, detail=detail, at=values["at"])


def assessment_history(database: Database, region: str) -> list[StatedAssessment]:
    """Every entry, oldest first."""
    columns = [c for c in ASSESSMENTS.c if c.name not in ("id", "region")]
    asked = select(*columns).where(ASSESSMENTS.c.region == region).order_by(ASSESSMENTS.c.id)
    with database.reading() as connection:
        return [StatedAssessment(**row) for row in connection.execute(asked).mappings()]


def current_assessments(database: Database, region: str) -> list[StatedAssessment]:
    """The last entry of each part, place and kind, without those withdrawn."""
    last = {a.key: a for a in assessment_history(database, region)}
    return [a for _, a in sorted(last.items()) if a.level is not None]
