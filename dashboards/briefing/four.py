"""Page three: protection and prosecution indicators that have data, and the neighbours who see the same movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards import words
from dashboards.briefing import sentences as s
from dashboards.briefing.judgements import level_word
from dashboards.briefing.model import Block, Cell, Heading, Number, Paragraph, Sentence, Table, say
from dashboards.ranking import rank_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.briefing.facts import Facts

N_PARTNER_POINTS = 3
LAST = 4


@dataclass(frozen=True)
class Link:
    """Movement on a route from one segment to the next, `lag` periods later."""

    source: str
    target: str
    lag: int


def panel_blocks(facts: Facts) -> list[Block]:
    """Every other indicator of the region: what was observed last and what is expected; "no data" where none is."""
    others = [i for i in facts.edition.manifest.get("indicators") or {} if i != facts.indicator]
    if not others:
        none = say(s.PANEL_NONE, indicator=facts.indicator_name(facts.indicator).lower())
        return [Heading(s.H_FOUR), Paragraph(none)]
    ahead = words.periods(facts.horizon, facts.freq)
    headers = tuple(h.format(steps=f"{words.period_word(facts.freq)}s", ahead=f"{ahead} ahead") for h in s.PANEL_HEAD)
    rows = tuple(_panel_row(facts, i) for i in others)
    table = Table(_panel_caption(facts), headers, rows, right=(1, 3, 4), widths=(3.2, 2.6, 2, 1.7, 1.6))
    return [Heading(s.H_FOUR), table, *[Paragraph(p) for p in _places_short(facts)]]


def _panel_caption(facts: Facts) -> str:
    whole = facts.widest()
    return s.PANEL_CAPTION.format(scope=s.PANEL_SCOPE[str(whole["level"]) if whole is not None else "total"])


def _panel_row(facts: Facts, indicator: str) -> tuple[Cell, ...]:
    name = Cell(f"{facts.indicator_name(indicator)} ({facts.unit_word(indicator)})")
    row = facts.widest(indicator)
    if row is None:
        return (name, Cell(words.NO_DATA), Cell("–"), Cell(words.NO_DATA), Cell("–"))
    history = facts.edition.forecast["history"].sel(indicator=indicator, origin="TOTAL", unit=row["unit"])
    known = history.to_series().dropna().tail(LAST)
    key = (("indicator", indicator), ("unit", str(row["unit"])))
    observed = tuple(Number(words.count(v), "forecast", (*key, ("time", f"{t:%Y-%m-%d}")), ("history",), "count")
                     for t, v in known.items())  # fmt: skip
    last = facts.period(known.index[-1]) if len(known) else "–"
    median, ends = facts.of(row, "number", "q50"), facts.of(row, "interval", "q10", "q90")
    return (
        name, Cell(" · ".join(n.shown for n in observed) or words.NO_DATA, numbers=observed), Cell(last),
        Cell(median.shown, numbers=(median,)), Cell(ends.shown.replace(" (80 %)", ""), numbers=(ends,)),
    )  # fmt: skip


def _places_short(facts: Facts) -> list[Sentence]:
    """Where a planned capacity of another indicator (reception places, …) is as likely as not to be exceeded."""
    found = []
    for indicator in facts.edition.manifest.get("indicators") or {}:
        if indicator == facts.indicator:
            continue
        ranked = rank_units(facts.risk, indicator=indicator, horizon=facts.horizon, level=level_word(facts))
        short = ranked[ranked["exceedance_probability"].ge(0.4)].head(1)
        found += [
            say(
                s.RECEPTION,
                likelihood=facts.of(r, "likelihood", "exceedance_probability"),
                unit=facts.indicator_name(indicator).lower(),
                place=facts.place_with_direction(r),
                capacity=facts.of(r, "number", "capacity"),
                period=facts.period(r["target_start"]),
            )
            for _, r in short.iterrows()
        ]
    return found


def partner_blocks(facts: Facts, links: Sequence[Link] | None) -> list[Block]:
    """Which neighbours stand up- and downstream of the first pressure points."""
    heading = Heading(s.H_PARTNERS)
    if links is None:
        return [heading, Paragraph(Sentence(s.NO_GRAPH), style="note")]
    points = facts.ranked[facts.ranked["segment"].ne("")].head(N_PARTNER_POINTS)
    segments = set(points["segment"])
    if not any({link.source, link.target} & segments for link in links):
        return [heading, Paragraph(Sentence(s.NO_LINKS), style="note")]
    rows = tuple(
        (
            Cell(facts.place(r)),
            Cell(facts.direction(r).replace(" → ", " and ") or "–"),
            Cell(_named(facts, [(k.source, k.lag) for k in links if k.target == r["segment"]]) or s.START),
            Cell(_named(facts, [(k.target, k.lag) for k in links if k.source == r["segment"]]) or s.END),
        )
        for _, r in points.iterrows()
    )
    return [heading, Table(s.PARTNERS_CAPTION, s.PARTNERS_HEAD, rows, widths=(2, 2, 3.5, 3.5))]


def _named(facts: Facts, ends: list[tuple[str, int]]) -> str:
    """Segments with their direction and lag, each once, nearest first."""
    shortest: dict[str, int] = {}
    for segment, lag in ends:
        shortest[segment] = min(lag, shortest.get(segment, lag))
    nearest = sorted(shortest.items(), key=lambda item: (item[1], item[0]))
    parts = []
    for segment, lag in nearest[:3]:
        row = facts.row(f"segment:{segment}")
        name = segment if row is None else facts.place_with_direction(row)
        parts.append(f"{name}, {words.periods(lag, facts.freq) if lag else f'same {words.period_word(facts.freq)}'}")
    return "; ".join([*parts, *([f"{len(nearest) - 3} more"] if len(nearest) > 3 else [])])
