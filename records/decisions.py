"""What people decide and state of editions, alerts and places; nothing is overwritten, the last word counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal, get_args

from records.audit import EventKind
from records.database import Database
from records.decided import Decided, keep, plain_text, rows
from records.tables import ALERT_ACTIONS, ASSESSMENTS, BRIEFING_EDITS, EDITION_EVENTS

Action = Literal["seen", "dismissed", "reopened"]


EVENTS: Final = Decided(EDITION_EVENTS, ("region", "edition"), {k: k for k in get_args(EventKind)}, "kind")
ALERTS: Final = Decided(
    ALERT_ACTIONS,
    ("region", "rule", "indicator", "unit", "raised_on"),
    {"seen": "alert_seen", "dismissed": "alert_dismissed", "reopened": "alert_reopened"},
    "action",
)
STATED: Final = Decided(ASSESSMENTS, ("region", "part", "place", "kind"), {"": "assessment_stated"})
EDITED: Final = Decided(BRIEFING_EDITS, ("region", "edition", "part"), {"": "briefing_edited"})
DECIDED: Final = (EVENTS, ALERTS, STATED, EDITED)
FOR_PARTNERS: Final = "partner:"  # before the parts of what is written for partners, of their own briefing
MOST_EDIT: Final = 1_500  # characters: both texts of an edit fit into an entry of the trail


@dataclass(frozen=True)
class EditionEvent:
    """One thing that somebody did with an edition outside its folder, and why."""

    region: str
    edition: str
    kind: EventKind
    user: str
    note: str
    at: datetime


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


@dataclass(frozen=True)
class StatedAssessment:
    """A vulnerability or impact as stated; without a level it withdraws the earlier one of its part, place and kind."""

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


@dataclass(frozen=True)
class BriefingEdit:
    """What somebody wrote into a briefing; without a text the earlier one of its part is taken back."""

    part: str  # "judgement:<order>" or "comment:<key of a section>"; what partners get after FOR_PARTNERS
    generated: str  # what stood there; empty for a comment
    text: str
    user: str
    at: datetime


def add_event(
    database: Database, region: str, edition: str, kind: EventKind, *, user: str, note: str, at: datetime | None = None
) -> EditionEvent:
    """Record that somebody did something with an edition; `at` is now where it is left out.

    Raises:
        DatabaseError: the database can't be written.
    """
    event = EditionEvent(region, edition, kind, user, note, at or datetime.now(tz=UTC))
    keep(database, EVENTS, vars(event))
    return event


def list_events(database: Database, region: str, edition: str | None = None) -> list[EditionEvent]:
    """All events of a region's editions, or of one of them, oldest first."""
    of = [] if edition is None else [EDITION_EVENTS.c.edition == edition]
    return [EditionEvent(**row) for row in rows(database, EDITION_EVENTS, region, *of)]


def last_of(database: Database, region: str, kinds: tuple[EventKind, ...]) -> dict[str, EditionEvent]:
    """Edition → its last event among some kinds: `("approved", "withdrawn")` says what is approved now."""
    return {e.edition: e for e in list_events(database, region) if e.kind in kinds}


def record_action(
    database: Database, region: str, alert: AlertKey, action: Action, *, user: str, note: str = ""
) -> AlertAction:
    """Keep what somebody did with an alert; earlier actions stay.

    Raises:
        DatabaseError: the database can't be written.
    """
    done = AlertAction(alert, action, user, note, datetime.now(tz=UTC))
    values = {**vars(alert), "region": region, "action": action, "user": user, "note": note, "at": done.at}
    keep(database, ALERTS, values)
    return done


def list_actions(database: Database, region: str, since: date) -> dict[AlertKey, list[AlertAction]]:
    """What was done with each alert raised since a day, oldest first."""
    found: dict[AlertKey, list[AlertAction]] = {}
    for row in rows(database, ALERT_ACTIONS, region, ALERT_ACTIONS.c.raised_on >= since):
        key = AlertKey(row["rule"], row["indicator"], row["unit"], row["raised_on"])
        found.setdefault(key, []).append(AlertAction(key, row["action"], row["user"], row["note"], row["at"]))
    return found


def is_dismissed(actions: list[AlertAction]) -> bool:
    """Whether the last word on an alert is that it was dismissed."""
    decided = [a.action for a in actions if a.action != "seen"]
    return bool(decided) and decided[-1] == "dismissed"


def state_assessment(database: Database, region: str, stated: StatedAssessment, *, user: str) -> None:
    """Keep an entry; earlier ones stay as history.

    Raises:
        DatabaseError: the database can't be written.
    """
    values = {**vars(stated), "region": region, "user": user, "at": datetime.now(tz=UTC)}
    keep(database, STATED, values)


def assessment_history(database: Database, region: str) -> list[StatedAssessment]:
    """Every entry, oldest first."""
    found = rows(database, ASSESSMENTS, region)
    return [StatedAssessment(**{key: value for key, value in row.items() if key != "region"}) for row in found]


def current_assessments(database: Database, region: str) -> list[StatedAssessment]:
    """The last entry of each part, place and kind, without those withdrawn."""
    last = {a.key: a for a in assessment_history(database, region)}
    return [a for _, a in sorted(last.items()) if a.level is not None]


def edit_briefing(
    database: Database, region: str, edition: str, part: str, text: str, *, generated: str = "", user: str
) -> BriefingEdit:
    """Keep what somebody wrote into a briefing; earlier texts stay as history.

    Args:
        database: Where it is kept.
        region: The edition's region.
        edition: Which edition.
        part: "judgement:<order>" or "comment:<key of a section>", of partners' briefing with `FOR_PARTNERS` before it.
        text: At most `MOST_EDIT` characters; line breaks become blanks. Empty: the earlier text is taken back.
        generated: What stood there before anybody edited it.
        user: Who wrote it.

    Raises:
        ValueError: the text is too long.
        DatabaseError: the database can't be written.
    """
    edit = BriefingEdit(part, generated[:MOST_EDIT], plain_text(text, MOST_EDIT), user, datetime.now(tz=UTC))
    keep(database, EDITED, {"region": region, "edition": edition, **vars(edit)})
    return edit


def current_edits(
    database: Database, region: str, edition: str, *, until: datetime | None = None
) -> dict[str, BriefingEdit]:
    """Part → the last text that somebody wrote for it, up to a moment; without those that were taken back."""
    found = rows(database, BRIEFING_EDITS, region, BRIEFING_EDITS.c.edition == edition)
    edits = [BriefingEdit(**{key: row[key] for key in ("part", "generated", "text", "user", "at")}) for row in found]
    last = {edit.part: edit for edit in edits if until is None or edit.at <= until}
    return {part: edit for part, edit in last.items() if edit.text}


def partner_edits(database: Database, region: str, edition: str) -> dict[str, BriefingEdit]:
    """What was written for partners, by the part of their briefing: whoever approves writes it, after the approval."""
    found = current_edits(database, region, edition).items()
    return {part.removeprefix(FOR_PARTNERS): edit for part, edit in found if part.startswith(FOR_PARTNERS)}
