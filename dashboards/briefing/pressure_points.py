"""Pages one and two: the map, the table of pressure points, the fans of the first three, what changed."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.attribution import attribution_sentence, upstream_borders
from dashboards.briefing.judgements import LEAST_SURGED, band_counts
from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph
from dashboards.briefing.tables import Column, Shown, Table, TableCell, numbers, place_columns, range_cell, table_of
from dashboards.edition_view.comparison import compared_with, moved, moves
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Sentence, number_of, say
from dashboards.edition_view.unusual import mark_of, watched
from dashboards.figures.svg.fan import fan_chart
from dashboards.figures.svg.map import WEAK_SHARE, pressure_map
from dashboards.wording import briefing as s, formats as words
from dashboards.wording.bands import band, change_word
from dashboards.wording.pages import WATCH, WATCH_MARK
from geo.region.region import Edge, Region

N_FANS = 3
EVENTS_BACK = {"W": 8, "M": 3}


def map_block(facts: Facts, region: Region | None) -> Block:
    """The map, or the reason why there is none."""
    name = words.starred(str(facts.edition.manifest["region_name"]))
    svg = pressure_map(facts, region)
    if svg is None:
        return Paragraph(say(s.NO_MAP, region=name), style="note")
    n = words.counted(len(facts.ranked), facts.level)
    first = "; ".join(f"{mark_of(facts, r)} {facts.title(r)}" for _, r in _shown(facts).iterrows())
    alt = s.MAP_ALT.format(region=name, n=n, period=facts.lead_period(), bands=band_counts(facts), first=first)
    watched_too = s.MAP_WATCHED.format(mark=WATCH_MARK) if facts.unusual else ""
    return Figure("map", svg, alt, say(s.MAP_CAPTION, period=facts.lead_period(), watched=watched_too))


def _shown(facts: Facts) -> pd.DataFrame:
    """The first by rank, and after them those to watch, which have none."""
    odd = watched(facts)
    top = facts.top[~facts.top["unit"].isin(facts.unusual)]
    return pd.concat([top, odd]) if len(odd) else top


def points_blocks(facts: Facts, region: Region | None) -> list[Block]:
    """The map and the table of the highest pressure points, with what must be known about them."""
    if not len(facts.ranked):
        return [map_block(facts, region)]
    notes = _notes(facts)
    heading = Heading(s.H_POINTS.format(period=facts.lead_period()), "points")
    shown = (heading, map_block(facts, region), _points_table(facts))
    return [*shown, *([Paragraph(notes, style="note")] if notes.text else [])]


def _exceedance(_: Facts, row: pd.Series) -> Shown:
    planned = not words.missing(row["exceedance_probability"])
    return number_of(row, words.percent, "exceedance_probability") if planned else s.NO_CAPACITY


def _surge(_: Facts, row: pd.Series) -> Shown:
    if not row["last_mean"] >= LEAST_SURGED:
        return "–"
    if words.missing(row["surge_probability"]):
        return s.NO_SURGE_SKILL
    return number_of(row, words.percent, "surge_probability")


def _band(facts: Facts, row: pd.Series) -> Shown:
    return TableCell(WATCH) if row["unit"] in facts.unusual else band(row["pressure_band"])


PLACE, DIRECTION = place_columns()
EXCEEDANCE = Column("Chance of exceeding", _exceedance, right=True)
SURGE = Column("Surge", _surge, right=True)
POINTS = (
    Column("", mark_of),
    PLACE,
    DIRECTION,
    Column("Band", _band),
    Column("Median", numbers(words.number, "q50"), right=True),
    Column("80 % range", range_cell, right=True),
    EXCEEDANCE,
    SURGE,
    Column("Change of band", lambda _, r: change_word(moved(r)), width=2.4),
)


def _points_table(facts: Facts) -> Table:
    """One row a pressure point; a direction and a chance only where the region has them."""
    top, unit, odd = _shown(facts), facts.unit_word(), len(watched(facts))
    planned = bool(top["exceedance_probability"].notna().any())
    left_out = [SURGE if planned else EXCEEDANCE]
    if not any(facts.direction(r) for _, r in top.iterrows()):
        left_out.append(DIRECTION)
    caption = (s.POINTS_CAPTION if planned else f"{s.POINTS_CAPTION} {s.POINTS_SURGE}").format(
        second="chance of exceeding the planned capacity" if planned else "median",
        n=len(top) - odd,
        all=words.counted(len(facts.ranked), facts.level),
        Unit=unit[:1].upper() + unit[1:],
        step=facts.step,
        steps=facts.steps,
    )
    if odd:
        more = len(facts.unusual) - odd
        told = s.POINTS_WATCHED_MORE.format(n=more) if more else ""
        caption = f"{caption} {s.POINTS_WATCHED.format(mark=WATCH_MARK, more=told)}"
    return table_of(facts, caption, [c for c in POINTS if c not in left_out], top)


def _notes(facts: Facts) -> Sentence:
    shown = _shown(facts)
    flags = (
        (s.NO_BETTER_AT, shown["no_better"].astype(bool)),
        (s.REGIME_AT, shown["regime_break"].astype(bool)),
        (s.WEAK_AT, shown["reported_share"].lt(WEAK_SHARE)),
    )
    notes = _bases(facts, shown)
    for template, mask in flags:
        if mask.any():
            places = words.joined([facts.place(r) for _, r in shown[mask].iterrows()])
            all_of_them = s.ALL_OF_THEM.format(n=len(mask))
            places = all_of_them if mask.all() and len(mask) > 1 else places
            notes += say(template, places=places, window=facts.report_window)
    return notes


def _bases(facts: Facts, shown: pd.DataFrame) -> Sentence:
    """Which rule each band rests on, where it is not one for all: a break takes a band by own history, and no other."""
    by_rule = {str(rule): [facts.place(r) for _, r in rows.iterrows()] for rule, rows in shown.groupby("band_basis")}
    if len(by_rule) < 2:
        return Sentence("")
    bases = [f"{s.BASIS.get(rule, rule)}: {words.joined(by_rule[rule])}" for rule in shown["band_basis"].unique()]
    return say(s.BASIS_AT, bases="; ".join(bases))


def outlook_blocks(facts: Facts, links: Sequence[Edge]) -> list[Block]:
    """Fan charts of the first three pressure points."""
    chosen = facts.ranked.head(N_FANS)
    if chosen.empty:
        return []
    points = "pressure point" if len(chosen) == 1 else f"{('', 'two', 'three')[len(chosen) - 1]} pressure points"
    heading = Heading(s.H_OUTLOOK.format(points=points), "outlook")
    return [heading, *(_fan(facts, row, links) for _, row in chosen.iterrows())]


def _fan(facts: Facts, row: pd.Series, links: Sequence[Edge]) -> Figure:
    place = facts.place_with_direction(row)
    svg, n_observed = fan_chart(facts, row)
    withheld = words.missing(row["baseline_q50"])  # by a profile
    baseline = "" if withheld else say(s.FAN_BASELINE, baseline=number_of(row, words.number, "baseline_q50"))
    caption = say(
        s.FAN_CAPTION,
        place=place,
        median=number_of(row, words.number, "q50"),
        period=facts.period(row["target_start"]),
        interval=number_of(row, words.interval, "q10", "q90"),
        baseline=baseline,
        chance=_chance(facts, row),
        why=attribution_sentence(facts, row, upstream=upstream_borders(facts, row, links)),
    )
    alt = s.FAN_ALT.format(place=place, n=facts.periods(n_observed), ahead=facts.reach)
    return Figure(f"fan-{row['rank']}", svg, alt, caption)


def _chance(facts: Facts, row: pd.Series) -> Sentence:
    if words.missing(row["exceedance_probability"]):
        return Sentence(s.FAN_NO_CAPACITY)
    peak = facts.peak(row)
    return say(
        s.FAN_CHANCE,
        capacity=number_of(row, words.planned, "capacity"),
        now=number_of(row, words.percent, "exceedance_probability"),
        period=facts.period(row["target_start"]),
        peak=number_of(peak, words.percent, "exceedance_probability"),
        peak_period=facts.dated(peak["target_start"]),
    )


def changed_blocks(facts: Facts) -> list[Block]:
    """What changed since the edition compared with, and dated events in view."""
    return [Heading(s.H_CHANGED, "changed"), Bullets((*_changes(facts), *_events(facts)))]


def _changes(facts: Facts) -> list[Sentence]:
    compared, steps = compared_with(facts), moves(facts)
    if not compared or all(x is None for x in steps):
        return [Sentence(s.CHANGED_UNKNOWN)]
    changes = []
    for template, sign in ((s.CHANGED_UP, 1), (s.CHANGED_DOWN, -1)):
        changed = facts.ranked[[bool(x and x * sign > 0) for x in steps]]
        places = [
            f"{facts.place(r)} ({band(r['previous_band']).word} → {band(r['pressure_band']).word})"
            for _, r in changed.iterrows()
        ]
        if places:
            changes.append(say(template, places=words.listed(places, most=6)))
    if not changes:
        changes.append(say(s.CHANGED_NONE, level=facts.level))
    replayed = facts.edition.manifest["compared_with"]["kind"] == "replay"
    basis = say(s.CHANGED_BASIS, compared=compared, period=facts.lead_period())
    return [*changes, basis + Sentence(s.CHANGED_REPLAY) if replayed else basis]


def _events(facts: Facts) -> list[Sentence]:
    """Events that begin or end around the outlook."""
    if not len(facts.risk):
        return []
    step = pd.DateOffset(weeks=1) if facts.freq == "W" else pd.DateOffset(months=1)
    start = pd.Timestamp(facts.edition.manifest["origin_date"]) - EVENTS_BACK[facts.freq] * step
    until = pd.Timestamp(facts.risk["target_end"].max())
    named = []
    for event in facts.edition.manifest["events"]:
        days = [(word, pd.Timestamp(event[key])) for word, key in (("from", "start"), ("until", "end")) if event[key]]
        near = [f"{word} {words.long_date(day)}" for word, day in days if start <= day <= until]
        if near:
            named.append(f"{words.starred(str(event['name']))} ({', '.join(near)})")
    return [say(s.EVENTS, events=words.listed(named, most=4))] if named else []
