"""What is a reader's own: the places followed, and what is new since the last visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

import pandas as pd
import streamlit as st

from dashboards.briefing.preparation import action_in_words
from dashboards.components.cached_editions import (
    DamagedEditionError,
    checked_edition,
    editions_shown,
    facts_of,
    latest_shown,
)
from dashboards.components.database import keep, read
from dashboards.components.notes_panel import new_note
from dashboards.components.selection import view
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.since import changes_since, followed_line
from dashboards.server.visitor import visitor
from dashboards.wording import actions as texts, formats as words
from pipelines.editions.edition import EditionError, edition_order
from records.audit import AuditEntry, list_entries
from records.lines_and_notes import (
    LineAction,
    LineKey,
    Note,
    current_notes,
    follow,
    followed_places,
    line_actions,
)

LOOKED_AT = 50  # of the user's last entries
MOST = 4  # notes and lines named


@dataclass(frozen=True)
class Visit:
    """When a user last looked at a region on an earlier day, and at which edition."""

    at: datetime
    edition: str


def draw_follow(facts: Facts, row: pd.Series) -> None:
    """The button that puts a place on the reader's list, or takes it off."""
    who, unit = visitor(), str(row["unit"])
    if not who.may("follow"):
        return
    on = unit in read([], followed_places, facts.edition.region_id, who.user)
    label, args = texts.UNFOLLOW if on else texts.FOLLOW, (facts.edition.region_id, unit, not on)
    st.button(label, key="follow", help=texts.FOLLOW_HELP, on_click=_follow, args=args, width="stretch")


def _follow(region: str, unit: str, on: bool) -> None:
    keep(follow, region, unit, user=visitor().user, on=on)


def draw_mine(facts: Facts) -> None:
    """Followed places beside what is new; nothing where there is neither."""
    who, region = visitor(), facts.edition.region_id
    if not who.may("follow"):
        return
    followed, visit = read([], followed_places, region, who.user), _last_visit(region, who.user)
    if not followed and visit is None:
        return
    left, right = st.columns(2, gap="large")
    if visit is not None:
        day = words.long_date(visit.at.date())
        lines = [f"- {words.escaped(line)}" for line in _news(facts, visit, who.user)] or [f"- {texts.SINCE_NOTHING}"]
        right.markdown("\n".join([f"**{texts.SINCE.format(day=day)}**", "", *lines]))
    if followed:
        left.markdown(f"**{texts.MINE}**")
        for unit in followed:
            label = words.escaped(followed_line(facts, unit))
            left.page_link("views/place.py", label=label, query_params={**view(), "unit": unit})


def _last_visit(region: str, user: str) -> Visit | None:
    """The last look on an earlier day (UTC): a page that is loaded again today has the same news."""
    today = datetime.now(tz=UTC).date()
    key = f"last_visit {region} {user} {today}"
    if key not in st.session_state:
        start = datetime.combine(today, time(), tzinfo=UTC)
        nothing: list[AuditEntry] = []
        seen = read(nothing, list_entries, user=user, action="viewed", before=start, last=LOOKED_AT)
        st.session_state[key] = visit_of([one for one in seen if one.region == region])
    found: Visit | None = st.session_state[key]
    return found


def visit_of(seen: list[AuditEntry]) -> Visit | None:
    """The last entry's moment, with the newest edition that was looked at on that day; None without an entry."""
    if not seen:
        return None
    day = seen[-1].at.date()
    return Visit(seen[-1].at, max((one.edition for one in seen if one.at.date() == day), key=edition_order))


def _news(facts: Facts, visit: Visit, user: str) -> list[str]:
    return [*_of_editions(facts, visit), *_of_others(facts, visit, user)]


def _of_editions(facts: Facts, visit: Visit) -> Iterator[str]:
    """A newer edition than was seen, and what is another in the one that is shown."""
    region, shown = facts.edition.region_id, facts.edition.id
    latest = latest_shown(region) or shown
    if edition_order(latest) > edition_order(visit.edition):
        yield texts.NEW_EDITION.format(now=latest, before=visit.edition)
    if edition_order(shown) <= edition_order(visit.edition):
        return
    try:
        before = checked_edition(region, visit.edition) if visit.edition in editions_shown(region) else None
    except (EditionError, DamagedEditionError):
        before = None
    if before is None:
        yield texts.NO_EARLIER.format(before=visit.edition)
        return
    choices = {"horizon": facts.chosen_horizon, "route": facts.chosen_route, "nationality": facts.nationality}
    yield from changes_since(facts_of(before, facts.chosen_indicator, **choices), facts)


def _of_others(facts: Facts, visit: Visit, user: str) -> Iterator[str]:
    """Notes that others wrote, and what others did about lines of preparation."""
    region = facts.edition.region_id
    no_notes: list[Note] = []
    notes = [n for n in read(no_notes, current_notes, region) if n.at > visit.at and n.user != user]
    if notes:
        listed = words.listed([new_note(facts, note) for note in reversed(notes)], MOST)
        yield texts.NEW_NOTES.format(listed=listed)
    no_lines: dict[LineKey, list[LineAction]] = {}
    done = [
        (key, actions[-1])
        for key, actions in read(no_lines, line_actions, region).items()
        if actions[-1].at > visit.at and actions[-1].user != user
    ]
    if done:
        told = [
            texts.NEW_LINE.format(place=risk.unit_name(facts, key.unit), done=action_in_words(action))
            for key, action in sorted(done, key=lambda one: one[1].at, reverse=True)
        ]
        yield texts.NEW_LINES.format(listed=words.listed(told, MOST))
