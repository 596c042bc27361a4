"""What people expect of a place in a period: stated before the outcome, never changed, the last word counts."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from records.database import Database
from records.decided import Decided, keep, plain_text, rows
from records.tables import JUDGEMENTS

JUDGED: Final = Decided(JUDGEMENTS, ("region", "indicator", "unit", "period", "owner"), {"": "judged"})
DECIDED: Final = (JUDGED,)
MOST_REASON: Final = 500  # characters
MOST_NAME: Final = 60  # characters of a group
LEVELS: Final = {"q10": 0.1, "q50": 0.5, "q90": 0.9}
_GROUP: Final = re.compile(r"[A-Za-z0-9_-]*")
_COLUMNS: Final = ("indicator", "unit", "period", *LEVELS, "reason", "owner", "group", "user", "at")


class JudgementRefusedError(ValueError):
    """A judgement can't be taken; the message says why, and what to do."""


@dataclass(frozen=True)
class StatedJudgement:
    """What somebody expects of a unit in a period."""

    indicator: str
    unit: str
    period: date  # its first day
    q10: float  # counts per period, as the next two: one time in ten it is expected to be lower
    q50: float
    q90: float
    reason: str
    owner: str  # account of the institution's staff
    group: str = ""  # for which the owner speaks; empty: for nobody else
    user: str = ""  # who entered it
    at: datetime | None = None

    @property
    def speaker(self) -> str:
        """Under whose name it is heard: the group's, else the owner's."""
        return self.group or self.owner

    @property
    def key(self) -> tuple[str, str, date, str]:
        """What a later one takes the place of."""
        return self.indicator, self.unit, self.period, self.owner

    @property
    def day(self) -> date:
        """The day (UTC) from which on it was known."""
        if self.at is None:
            raise ValueError("judgement: expected one that was kept, it has no date.")
        return self.at.date()


def state_judgement(
    database: Database,
    region: str,
    judgement: StatedJudgement,
    *,
    ends: date,
    reported_until: date | None,
    now: datetime | None = None,
) -> StatedJudgement:
    """Keep a judgement; an earlier one of the same owner for the same target stays on record, and speaks until then.

    Args:
        database: Where it is kept.
        region: The pack's id.
        judgement: Without its date, which is the moment of keeping.
        ends: Last day of its period.
        reported_until: First day of the newest period that was reported; None: none was.
        now: That moment, if not now.

    Raises:
        JudgementRefusedError: its numbers are no range, it has no reason or owner, or its outcome is or may be known.
        DatabaseError: the database can't be written.
    """
    at = now or datetime.now(tz=UTC)
    require_range(judgement.q10, judgement.q50, judgement.q90)
    if at.date() > ends:
        raise JudgementRefusedError(
            f"judgement: expected a period that is not over, got one that ended on {ends}. State it before the outcome."
        )
    if reported_until is not None and judgement.period <= reported_until:
        raise JudgementRefusedError(
            f"judgement: expected a period without figures, that of {judgement.period} is reported already. "
            "Choose a later one."
        )
    if not _GROUP.fullmatch(judgement.group) or len(judgement.group) > MOST_NAME:
        raise JudgementRefusedError(
            f"judgement: expected a group's name of at most {MOST_NAME} letters, digits, - and _. Change it."
        )
    try:
        reason = plain_text(judgement.reason, MOST_REASON)
    except ValueError as error:
        raise JudgementRefusedError(f"judgement: {error}") from error
    if not reason or not judgement.owner.strip():
        raise JudgementRefusedError("judgement: expected a reason and an owner. Say why, in a few words.")
    kept = replace(judgement, reason=reason, at=at)
    keep(database, JUDGED, {"region": region, **vars(kept)})
    return kept


def require_range(low: float, middle: float, high: float) -> None:
    """Refuse numbers that are no 10, 50 and 90 % of counts.

    Raises:
        JudgementRefusedError: one is negative or none, or they do not rise.
    """
    if not all(math.isfinite(one) and one >= 0 for one in (low, middle, high)):
        raise JudgementRefusedError("judgement: expected three counts of 0 or more. Fill in 10, 50 and 90 %.")
    if not low <= middle <= high or low == high:
        raise JudgementRefusedError(
            f"judgement: expected 10 % ≤ 50 % ≤ 90 % and a range between them, got {low:g}, {middle:g}, {high:g}. "
            "Widen the range or put them in order."
        )


def judgement_history(database: Database, region: str, *, until: date | None = None) -> list[StatedJudgement]:
    """All judgements of a region in the order in which they came, up to a day (None: all)."""
    found = [_judgement(row) for row in rows(database, JUDGEMENTS, region)]
    return [one for one in found if until is None or one.day <= until]


def _judgement(row: Any) -> StatedJudgement:  # noqa: ANN401 - a row of the database
    return StatedJudgement(**{column: row[column] for column in _COLUMNS})


def standing(judgements: Iterable[StatedJudgement]) -> list[StatedJudgement]:
    """The last word of each owner on each target, in the order in which they were first given."""
    return list({one.key: one for one in judgements}.values())
