"""Pages one and two: the table of pressure points, the fans of the first three, what changed."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.judgements import band_counts, compared_with, level_word, moves, report_window
from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph, Table, TableCell
from dashboards.briefing.reasons import upstream_borders, why
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.route_links import Link
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.figures.svg.fan import fan_chart
from dashboards.figures.svg.map import WEAK_SHARE, pressure_map
from dashboards.wording import briefing as s
from dashboards.wording import formats as words
from dashboards.wording.bands import band, change_word
from geo.region.region import Region

N_FANS = 3
EVENTS_BACK = {"W": 8, "M": 3}


def map_block(facts: Facts, region: Region | None) -> Block:
    """The map, or the reason why there is none."""
    name = words.starred(str(facts.edition.manifest["region_name"]))
    svg = pressure_map(facts, region)
    if svg is None:
        return Paragraph(say(s.NO_MAP, region=name), style="note")
    n = words.counted(len(facts.ranked), level_word(facts))
    first = "; ".join(f"{r['rank']} {facts.title(r)}" for _, r in facts.top.iterrows())
    alt = s.MAP_ALT.format(region=name, n=n, period=facts.lead_period(), bands=band_counts(facts), first=first)
    return Figure("map", svg, alt, say(s.MAP_CAPTION, period=facts.lead_period()))


def points_blocks(facts: Facts) -> list[Block]:
    """The table of the highest pressure points, with what must be known about them."""
    if not len(facts.ranked):
        return []
    notes = _notes(facts)
    heading = Heading(s.H_POINTS.format(period=facts.lead_period()))
    return [heading, _points_table(facts), *([Paragraph(notes, style="note")] if notes.text else [])]


def _points_table(facts: Facts) -> Table:
    """One row a pressure point; a direction and a chance only where the region has them."""
    top, unit = facts.top, facts.unit_word()
    chance = "exceedance" if top["exceedance_probability"].notna().any() else "surge"
    columns = [c for c in s.POINTS_COLUMNS if c not in {"exceedance", "surge"} - {chance}]
    if not any(facts.direction(r) for _, r in top.iterrows()):
        columns.remove("direction")
    caption = s.POINTS_CAPTION if chance == "exceedance" else f"{s.POINTS_CAPTION} {s.POINTS_SURGE}"
    steps = moves(facts)
    cells = [_point(facts, r, change_word(steps[i])) for i, (_, r) in enumerate(top.iterrows())]
    right = ("median", "range", "exceedance", "surge")
    return Table(
        caption.format(
            second="chance of exceeding the planned capacity" if chance == "exceedance" else "median",
            n=len(top),
            all=words.counted(len(facts.ranked), level_word(facts)),
            Unit=unit[:1].upper() + unit[1:],
            step=words.period_word(facts.freq),
            steps=f"{words.period_word(facts.freq)}s",
            ahead=words.periods(facts.horizon, facts.freq),
        ),
        headers=tuple(s.POINTS_COLUMNS[c] for c in columns),
        rows=tuple(tuple(row[c] for c in columns) for row in cells),
        right=tuple(i for i, c in enumerate(columns) if c in right),
        widths=tuple({"place": 2.4, "direction": 3.0, "change": 1.9}.get(c, 0) for c in columns),
    )


def _point(facts: Facts, row: pd.Series, change: str) -> dict[str, TableCell]:
    now = band(row["pressure_band"])
    chance = facts.of(row, "percent", "exceedance_probability")
    planned = not words.missing(row["exceedance_probability"])
    ends = facts.of(row, "interval", "q10", "q90")
    return {
        "rank": TableCell(str(row["rank"])),
        "place": TableCell(facts.title(row)),
        "direction": TableCell(facts.direction(row) or "–"),
        "band": TableCell(now.word, now.id),
        "median": _cell(facts.of(row, "number", "q50")),
        "range": TableCell(ends.shown.replace(" (80 %)", ""), numbers=(ends,)),
        "exceedance": _cell(chance) if planned else TableCell(s.NO_CAPACITY),
        "surge": _surge_cell(facts, row),
        "change": TableCell(change),
    }


def _surge_cell(facts: Facts, row: pd.Series) -> TableCell:
    if words.missing(row["surge_probability"]):
        return TableCell(s.NO_SURGE_SKILL if row["last_mean"] > 0 else "–")
    return _cell(facts.of(row, "percent", "surge_probability"))


def _cell(number: Number) -> TableCell:
    return TableCell(number.shown, numbers=(number,))


def _notes(facts: Facts) -> Sentence:
    window = report_window(facts)
    flags = (
        (s.BASELINE_AT, facts.top["baseline_only"].astype(bool)),
        (s.REGIME_AT, facts.top["regime_break"].astype(bool)),
        (s.WEAK_AT, facts.top["reported_share"].lt(WEAK_SHARE)),
    )
    found = Sentence("")
    for template, mask in flags:
        if mask.any():
            places = words.joined([facts.place(r) for _, r in facts.top[mask].iterrows()])
            all_of_them = s.ALL_OF_THEM.format(n=len(mask))
            found += say(template, places=all_of_them if mask.all() and len(mask) > 1 else places, window=window)
    return found


def outlook_blocks(facts: Facts, links: Sequence[Link] | None = None) -> list[Block]:
    """Fan charts of the first three pressure points."""
    chosen = facts.ranked.head(N_FANS)
    if chosen.empty:
        return []
    points = "pressure point" if len(chosen) == 1 else f"{('', 'two', 'three')[len(chosen) - 1]} pressure points"
    heading = Heading(s.H_OUTLOOK.format(points=points))
    return [heading, *(_fan(facts, row, links) for _, row in chosen.iterrows())]


def _fan(facts: Facts, row: pd.Series, links: Sequence[Link] | None) -> Figure:
    place = facts.place_with_direction(row)
    svg, n_observed = fan_chart(facts, row)
    caption = say(
        s.FAN_CAPTION,
        place=place,
        median=facts.of(row, "number", "q50"),
        period=facts.period(row["target_start"]),
        interval=facts.of(row, "interval", "q10", "q90"),
        baseline=_baseline(facts, row),
        chance=_chance(facts, row),
        why=why(facts, row, upstream=upstream_borders(facts, row, links)),
    )
    ahead = words.periods(facts.last_horizon, facts.freq)
    observed = words.periods(n_observed, facts.freq)
    return Figure(f"fan-{row['rank']}", svg, s.FAN_ALT.format(place=place, n=observed, ahead=ahead), caption)


def _baseline(facts: Facts, row: pd.Series) -> Sentence:
    """The baseline's median; nothing where a profile withholds it."""
    if words.missing(row["baseline_q50"]):
        return Sentence("")
    return say(s.FAN_BASELINE, baseline=facts.of(row, "number", "baseline_q50"))


def _chance(facts: Facts, row: pd.Series) -> Sentence:
    if words.missing(row["exceedance_probability"]):
        return Sentence(s.FAN_NO_CAPACITY)
    peak = facts.peak(row)
    return say(
        s.FAN_CHANCE,
        capacity=facts.of(row, "planned", "capacity"),
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
        days = [(word, pd.Timestamp(day)) for word, day in dates if day]
        near = [f"{word} {words.long_date(day)}" for word, day in days if start <= day <= until]
        if near:
            named.append(f"{words.starred(str(event['name']))} ({', '.join(near)})")
    return [say(s.EVENTS, events=words.joined(_at_most(named, 4)))] if named else []
