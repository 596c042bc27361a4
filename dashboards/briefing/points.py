"""Pages one and two: the table of pressure points, the fans of the first three, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboards import words
from dashboards.bands import band, change_word
from dashboards.briefing import sentences as s
from dashboards.briefing.charts import fan_chart
from dashboards.briefing.judgements import REPORT_WINDOW, band_counts, compared_with, level_word, moves
from dashboards.briefing.map import pressure_map
from dashboards.briefing.model import Block, Bullets, Cell, Figure, Heading, Number, Paragraph, Sentence, Table, say

if TYPE_CHECKING:
    from dashboards.briefing.facts import Facts
    from geo.region import Region

WEAK_SHARE = 0.8
N_FANS = 3
EVENTS_BACK = {"W": 8, "M": 3}


def map_block(facts: Facts, region: Region | None) -> Block:
    """The map, or the reason why there is none."""
    name = words.starred(str(facts.edition.manifest["region_name"]))
    svg = pressure_map(facts, region)
    if svg is None:
        return Paragraph(say(s.NO_MAP, region=name), style="note")
    n = words.counted(len(facts.ranked), level_word(facts))
    first = "; ".join(f"{r['rank']} {facts.place(r)}" for _, r in facts.top.iterrows())
    alt = s.MAP_ALT.format(region=name, n=n, period=facts.lead_period(), bands=band_counts(facts), first=first)
    return Figure("map", svg, alt, say(s.MAP_CAPTION, period=facts.lead_period()))


def points_blocks(facts: Facts) -> list[Block]:
    """The table of the highest pressure points, with what must be known about them."""
    if not len(facts.ranked):
        return []
    unit = facts.unit_word()
    caption = s.POINTS_CAPTION.format(
        n=len(facts.top), all=words.counted(len(facts.ranked), level_word(facts)), Unit=unit[:1].upper() + unit[1:],
        step=words.period_word(facts.freq), ahead=words.periods(facts.horizon, facts.freq),
    )  # fmt: skip
    compared = facts.edition.manifest.get("compared_with") or {}
    headers = tuple(h.format(since=compared.get("id") or "last edition") for h in s.POINTS_HEAD)
    steps = moves(facts)
    rows = tuple(_point(facts, r, change_word(steps[i])) for i, (_, r) in enumerate(facts.top.iterrows()))
    table = Table(caption, headers, rows, right=(4, 5, 6), widths=(0.4, 3, 3, 1.3, 1, 1.7, 1.5, 1.6))
    notes = _notes(facts)
    heading = Heading(s.H_POINTS.format(period=facts.lead_period()))
    return [heading, table, *([Paragraph(notes, style="note")] if notes.text else [])]


def _point(facts: Facts, row: pd.Series, change: str) -> tuple[Cell, ...]:
    now = band(row["pressure_band"])
    chance = facts.of(row, "percent", "exceedance_probability")
    over = s.NO_CAPACITY if words.missing(row["exceedance_probability"]) else chance.shown
    median, ends = facts.of(row, "number", "q50"), facts.of(row, "interval", "q10", "q90")
    return (
        Cell(str(row["rank"])), Cell(facts.place(row)), Cell(facts.direction(row) or "–"), Cell(now.word, now.id),
        _cell(median), Cell(ends.shown.replace(" (80 %)", ""), numbers=(ends,)), Cell(over, numbers=(chance,)), Cell(change),
    )  # fmt: skip


def _cell(number: Number) -> Cell:
    return Cell(number.shown, numbers=(number,))


def _notes(facts: Facts) -> Sentence:
    window = words.periods(REPORT_WINDOW[facts.freq], facts.freq)
    flags = (
        (s.BASELINE_AT, facts.top["baseline_only"].astype(bool)),
        (s.REGIME_AT, facts.top["regime_break"].astype(bool)),
        (s.WEAK_AT, facts.top["reported_share"].lt(WEAK_SHARE)),
    )
    found = Sentence("")
    for template, mask in flags:
        if mask.any():
            places = words.joined([facts.place(r) for _, r in facts.top[mask].iterrows()])
            found += say(template, places=places, window=window)
    return found


def outlook_blocks(facts: Facts) -> list[Block]:
    """Fan charts of the first three pressure points."""
    chosen = facts.ranked.head(N_FANS)
    if chosen.empty:
        return []
    points = "pressure point" if len(chosen) == 1 else f"{('', 'two', 'three')[len(chosen) - 1]} pressure points"
    heading = Heading(s.H_OUTLOOK.format(points=points), new_page=True)
    return [heading, *(_fan(facts, row) for _, row in chosen.iterrows())]


def _fan(facts: Facts, row: pd.Series) -> Figure:
    place = facts.place_with_direction(row)
    svg, n_observed = fan_chart(facts, row)
    caption = say(
        s.FAN_CAPTION,
        place=place,
        median=facts.of(row, "number", "q50"),
        period=facts.period(row["target_start"]),
        interval=facts.of(row, "interval", "q10", "q90"),
        baseline=facts.of(row, "number", "baseline_q50"),
        chance=_chance(facts, row),
    )
    ahead = words.periods(facts.last_horizon, facts.freq)
    observed = words.periods(n_observed, facts.freq)
    return Figure(f"fan-{row['rank']}", svg, s.FAN_ALT.format(place=place, n=observed, ahead=ahead), caption)


def _chance(facts: Facts, row: pd.Series) -> Sentence:
    if words.missing(row["exceedance_probability"]):
        return Sentence(s.FAN_NO_CAPACITY)
    mine = facts.risk["indicator"].eq(row["indicator"]) & facts.risk["unit"].eq(row["unit"])
    peak = facts.risk.loc[facts.risk.loc[mine, "exceedance_probability"].idxmax()]
    return say(
        s.FAN_CHANCE,
        capacity=facts.of(row, "number", "capacity"),
        now=facts.of(row, "percent", "exceedance_probability"),
        period=facts.period(row["target_start"]),
        peak=facts.of(peak, "percent", "exceedance_probability"),
        peak_period=facts.period(peak["target_start"]),
    )


def changed_blocks(facts: Facts) -> list[Block]:
    """What changed since the edition compared with, and dated events in view."""
    items = _changes(facts)
    events = _events(facts)
    return [Heading(s.H_CHANGED), Bullets((*items, *events))]


def _changes(facts: Facts) -> list[Sentence]:
    compared, steps = compared_with(facts), moves(facts)
    if not compared or all(x is None for x in steps):
        return [Sentence(s.CHANGED_UNKNOWN)]
    found = []
    for template, sign in ((s.CHANGED_UP, 1), (s.CHANGED_DOWN, -1)):
        moved = facts.ranked[[bool(x and x * sign > 0) for x in steps]]
        places = [
            f"{facts.place(r)} ({band(r['previous_band']).word} → {band(r['pressure_band']).word})"
            for _, r in moved.iterrows()
        ]
        if places:
            found.append(say(template, places=words.joined(_at_most(places, 6))))
    if not found:
        found.append(say(s.CHANGED_NONE, level=level_word(facts), period=facts.lead_period()))
    return [*found, say(s.CHANGED_BASIS, compared=compared, step=words.period_word(facts.freq))]


def _at_most(parts: list[str], n: int) -> list[str]:
    return parts if len(parts) <= n else [*parts[:n], f"{len(parts) - n} more"]


def _events(facts: Facts) -> list[Sentence]:
    """Events that begin or end around the outlook."""
    if not len(facts.risk):
        return []
    step = pd.DateOffset(weeks=1) if facts.freq == "W" else pd.DateOffset(months=1)
    start = pd.Timestamp(facts.edition.manifest["origin_date"]) - EVENTS_BACK[facts.freq] * step
    until = pd.Timestamp(facts.risk["target_end"].max())
    named = []
    for event in facts.edition.manifest.get("events") or []:
        dates = [("from", event.get("start")), ("until", event.get("end"))]
        near = [
            f"{word} {words.long_date(d)}" for word, day in dates if day and start <= (d := pd.Timestamp(day)) <= until
        ]
        if near:
            named.append(f"{words.starred(str(event['name']))} ({', '.join(near)})")
    return [say(s.EVENTS, events=words.joined(_at_most(named, 4)))] if named else []
