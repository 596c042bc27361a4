"""Who saw, dismissed or reopened an alert. An alert is one rule, indicator, unit and the day it was raised on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

from sqlalchemy import insert, select

from records.audit import AuditAction, append_on
from records.database import Database
from records.tables import ALERT_ACTIONS

Action = Literal["seen", "dismissed", "reopened"]
_ENTRIES: Final[dict[Action, AuditAction]] = {
    "seen": "alert_seen",
    "dismissed": "alert_dismissed",
    "reopened": "alert_reopened",
}


@dataclass(frozen=True)
class AlertKey:
    """Which alert: one that is raised anew after its quiet time is another."""

    rule: str
    indicator: str
    unit: str
    raised_on: date


@dataclass(frozen=True)
class AlertAction:
    """What somebody did with an alert, and why."""

    alert: AlertKey
    action: Action
    user: str
    note: str
    at: datetime


def record_action(
    database: Database, region: str, alert: AlertKey, action: Action, *, user: str, note: str = ""
) -> AlertAction:
    """Keep what somebody did with an alert; earlier actions stay.

    Raises:
        DatabaseError: the database can't be written.
    """
    done = AlertAction(alert, action, user, note, datetime.now(tz=UTC))
    values = {**vars(alert), "region": region, "action": action, "user": user, "note": note, "at": done.at}
    with database.writing() as connection:
        connection.execute(insert(ALERT_ACTIONS).values(**values))
        detail = {**vars(alert), "note": note}
        append_on(connection, _ENTRIES[action], user=user, region=region, detail=detail, at=done.at)
    return done


def list_actions(database: Database, region: str, since: date) -> dict[AlertKey, list[AlertAction]]:
    """What was done with each alert raised since a day, oldest first."""
    asked = select(ALERT_ACTIONS).where(ALERT_ACTIONS.c.region == region, ALERT_ACTIONS.c.raised_on >= since)
    found: dict[AlertKey, list[AlertAction]] = {}
    with database.reading() as connection:
        for row in connection.execute(asked.order_by(ALERT_ACTIONS.c.id)).mappings():
            key = AlertKey(row["rule"], row["indicator"], row["unit"], row["raised_on"])
            found.setdefault(key, []).append(AlertAction(key, row["action"], row["user"], row["note"], row["at"]))
    return found


def is_dismissed(actions: list[AlertAction]) -> bool:
    """Whether the last word on an alert is that it was dismissed."""
    decided = [a.action for a in actions if a.action != "seen"]
    return bool(decided) and decided[-1] == "dismissed"
