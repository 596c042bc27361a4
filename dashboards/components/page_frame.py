"""What stands around every page: the choices above, the marks and caveats below, and words when there is nothing."""

import html
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NoReturn

import pandas as pd
import streamlit as st

from dashboards.components.alert_panel import open_alerts
from dashboards.components.cached_editions import (
    DamagedEditionError,
    checked_edition,
    editions_shown,
    facts_of,
    first_region,
    latest_shown,
    made,
    newest_lost,
    pack,
    store,
)
from dashboards.components.selection import choice, choose, chosen
from dashboards.edition_view.facts import LEAD_PERIODS, Facts
from dashboards.edition_view.file_notes import purpose_of
from dashboards.server.audit_trail import PAGE_TITLE, note_viewed
from dashboards.server.visitor import visitor
from dashboards.wording import access as texts_access, formats as words, pages as texts
from dashboards.wording.palette import DARK, LIGHT, Palette
from geo.region.region import PURPOSE
from pipelines.editions.edition import Edition, EditionError
from pipelines.observations.schema import TOTAL

MOST_NAMED = 3
BOXES = {
    "indicator": 4,
    "horizon": 5,
    "route": 4,
    "nationality": 3,
}  # by width; the words of the lead time are the longest


def open_view(
    place: Callable[[Facts], str | None] = lambda _: None,
    *,
    whole: bool = False,
    titled: Collection[str] = ("indicator", "horizon"),
) -> Facts:
    """Draw the choices and open what they name; where nothing can be opened, say why and stop the page.

    Args:
        place: The name of the one place that the page is about, if it is about one.
        whole: The page speaks of the whole region whatever route and nationality are chosen, and says so.
        titled: Of indicator and lead time those that the page is about, for its title.

    A page that is whole, or about neither indicator nor lead time, has no box for what does not change it.
    """
    regions = [r for r in store().regions() if editions_shown(r)]
    if not regions:
        _say_none()
    first = first_region() if first_region() in regions else regions[0]
    idle = _idle(whole=whole, titled=titled)
    widths = [*([3] if len(regions) > 1 else []), 3, *(w for key, w in BOXES.items() if key not in idle)]
    room = [sum(BOXES[key] for key in idle)] if idle else []
    boxes = iter(st.container(key="choices").columns([*widths, *room], gap="small", vertical_alignment="bottom"))
    region = first
    if len(regions) > 1:
        with next(boxes):
            region = choice("region", texts.REGION, {r: _region_name(r) for r in regions}, default=first)
    with next(boxes):
        edition = _open(region)
    facts = _choices(edition, {key: next(boxes) for key in BOXES if key not in idle})
    seen = replace(facts, chosen_route=None, nationality=TOTAL) if whole else facts
    _title(seen, place(seen), titled)
    _notices(seen)
    if seen != facts:
        st.caption(texts.WHOLE_PAGE)
    return seen


def _idle(*, whole: bool, titled: Collection[str]) -> list[str]:
    """The choices that change nothing on a page."""
    if not titled:
        return list(BOXES)
    return [key for key in BOXES if key not in titled] if whole else []


def _choices(edition: Edition, boxes: Mapping[str, st.delta_generator.DeltaGenerator]) -> Facts:
    """Indicator, lead time, route and nationality, each in its box; without one it stays as it was chosen elsewhere."""
    facts = facts_of(edition)
    if not facts.indicators:
        st.info(texts.NO_FORECAST)
        st.stop()

    def asked(key: str, label: str, options: dict[str, str], default: str) -> str:
        """What is chosen."""
        if key in boxes:
            with boxes[key]:
                return choice(key, label, options, default=default)
        now = chosen(key)
        now = now if now in options else default
        choose(**{key: now})  # in the address, for the pages that it changes
        return now

    names = {i: facts.indicator_name(i) for i in facts.indicators}
    indicator = asked("indicator", texts.INDICATOR, names, facts.indicator)
    facts = facts_of(edition, indicator)
    horizon = asked("horizon", texts.HORIZON, _horizons(facts), str(facts.horizon))
    route = asked("route", texts.ROUTE, {texts.ALL: texts.ALL_ROUTES, **facts.routes}, texts.ALL)
    known = [str(n) for n in edition.forecast["nationality"].to_numpy()]
    nationalities = {n: words.nationality(n, facts.countries) for n in known} | {TOTAL: texts.ALL_NATIONALITIES}
    nationality = asked("nationality", texts.NATIONALITY, nationalities, TOTAL)
    on_route = None if route == texts.ALL else route
    return facts_of(edition, indicator, horizon=int(horizon), route=on_route, nationality=nationality)


def _horizons(facts: Facts) -> dict[str, str]:
    forecast = facts.edition.forecast
    starts, today = pd.DatetimeIndex(forecast["target_start"].to_numpy()), datetime.now(tz=UTC).date()
    return {
        str(int(h)): texts.PERIOD_WHEN.format(period=facts.period(start), when=facts.when(start.date(), today))
        for h, start in zip(forecast["horizon"].to_numpy(), starts, strict=True)
    }


def _title(facts: Facts, place: str | None, titled: Collection[str]) -> None:
    """What is shown, at the head of the page and in the browser's tab: a view that is sent or kept says what it is."""
    page = st.session_state.get(PAGE_TITLE, texts.PRODUCT)
    region = words.starred(str(facts.edition.manifest["region_name"]))
    route = facts.routes.get(facts.chosen_route or "", texts.ALL_ROUTES)
    nationality = texts.ALL_NATIONALITIES
    if not facts.of_all_nationalities:
        nationality = words.nationality(facts.nationality, facts.countries)
    indicator = facts.indicator_name(facts.indicator) if "indicator" in titled else ""
    period = facts.lead_period() if "horizon" in titled else ""
    about = [part for part in (place or region, indicator, route, nationality, period) if part]
    said = texts.VIEW_TITLE.format(page=page, about=" · ".join(about))
    told = {"day": words.long_date(facts.issued), "ago": words.ago(facts.issued, datetime.now(tz=UTC).date())}
    _head(said, texts.ISSUED.format(**told), on_paper=texts.EDITION_ON_PAPER.format(id=facts.edition.id))


def open_plain() -> None:
    """Begin a page that is about no edition."""
    _head(st.session_state.get(PAGE_TITLE, texts.PRODUCT))


def _head(said: str, note: str = "", *, on_paper: str = "") -> None:
    """The page's first heading, and the browser's tab, which names the product too; some words are for paper alone."""
    st.set_page_config(page_title=texts.TAB.format(page=said))
    paper = f'<span class="for-paper">{html.escape(on_paper)}</span>'
    small = f" <small>{paper}{html.escape(note)}</small>" if note else ""
    st.html(f'<h1 class="view">{html.escape(said)}{small}</h1>')


def _notices(facts: Facts) -> None:
    """One line: what the figures are, regime breaks, one nationality, alerts."""
    parts = _what_they_are(facts)
    places = made(_broken_places, facts)
    if places:
        parts.append(f":red-badge[{texts.REGIME_BADGE}] {texts.REGIME_AT.format(places=places)}")
    if not facts.of_all_nationalities:
        shown = words.escaped(words.nationality(facts.nationality, facts.countries))
        parts.append(texts.ONE_NATIONALITY.format(nationality=shown))
    raised = len(open_alerts(facts))
    if raised:
        parts.append(texts.ALERTS_NEW.format(n=words.counted(raised, "alert")))
    if parts:
        st.markdown(" &nbsp; ".join(parts))


def _what_they_are(facts: Facts) -> list[str]:
    """Marks of an older edition, a profile, synthetic and old figures."""
    manifest, parts = facts.edition.manifest, []
    latest = latest_shown(facts.edition.region_id)
    if latest is not None and latest != facts.edition.id:
        parts.append(texts.OLDER.format(latest=latest))
    if manifest.get("profile"):
        parts.append(f":blue-badge[{texts.PROFILE.format(profile=manifest['profile'])}]")
    if manifest.get("synthetic"):
        parts.append(f":orange-badge[⚠️ {texts.SYNTHETIC_SHORT}] {texts.SYNTHETIC}")
    ended = periods_since_figures(facts, datetime.now(tz=UTC).date())
    on_purpose = manifest.get("synthetic") or manifest.get("profile")  # whose are delayed
    if ended >= LEAD_PERIODS[facts.freq] and not on_purpose:
        newest = facts.period(facts.edition.forecast["time"].to_numpy()[-1])
        told = texts.STALE.format(period=newest, periods=words.periods(ended, facts.freq))
        parts.append(f":orange-badge[{texts.STALE_BADGE}] {told}")
    return parts


def _broken_places(facts: Facts) -> str:
    """Names of ranked places with a regime break; empty without."""
    broken = [facts.title(row) for row in facts.ranked_rows if row["regime_break"]]
    return words.escaped(words.listed(broken, MOST_NAMED)) if broken else ""


def periods_since_figures(facts: Facts, today: date) -> int:
    """Whole periods between the end of the newest period with figures and a day."""
    newest = pd.Timestamp(facts.edition.forecast["time"].to_numpy()[-1])
    if facts.freq == "M":
        return (today.year - newest.year) * 12 + today.month - newest.month - 1
    return (pd.Timestamp(today) - newest).days // 7 - 1


def close_view(facts: Facts) -> None:
    """The caveats that stand under every page."""
    purpose = texts_access.PURPOSE.format(purpose=words.starred(purpose_of(facts.edition.manifest)))
    stated = facts.edition.manifest.get("disclosure") or {}
    lines = [texts.DETECTIONS, stated.get("note", ""), purpose, str(facts.edition.manifest.get("footnote") or "")]
    if facts.edition.manifest.get("synthetic"):
        lines.insert(0, texts.SYNTHETIC_SHORT)
    st.caption(" · ".join(words.escaped(line) for line in lines if line))


def palette() -> Palette:
    """Colours of lines and text for the reader's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def _say_none() -> NoReturn:
    st.title(texts.PRODUCT)
    profile = visitor().profile
    inside = texts.NO_EDITION.format(store=store().root)
    st.info(inside if profile == "internal" else texts_access.NO_EDITION_FOR_PROFILE.format(profile=profile))
    draw_limits()
    st.stop()


def draw_limits() -> None:
    """Purpose and limits, under pages that show no edition."""
    known = pack(first_region())
    purpose = texts_access.PURPOSE.format(purpose=known.purpose if known else PURPOSE)
    st.caption(" · ".join(words.escaped(line) for line in (texts.DETECTIONS, purpose)))


def _region_name(region: str) -> str:
    try:
        return words.starred(str(checked_edition(region, "latest").manifest["region_name"]))
    except (EditionError, DamagedEditionError):
        return region


def _open(region: str) -> Edition:
    ids = list(reversed(editions_shown(region)))
    latest, lost = latest_shown(region) or ids[0], newest_lost(region)
    if lost is not None:
        st.warning(texts.LATEST_LOST.format(named=f" ({words.escaped(lost)})" if lost else ""))
    labels = {i: texts.EDITION_LATEST.format(id=i) if i == latest else texts.EDITION_NAMED.format(id=i) for i in ids}
    edition_id = choice("edition", texts.EDITION, labels, default=latest)
    try:
        edition = checked_edition(region, edition_id)
    except DamagedEditionError as error:
        st.error(texts.DAMAGED.format(edition=edition_id, problems=error))
        st.stop()
    note_viewed(edition)
    return edition
