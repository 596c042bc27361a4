"""Page three: lead times, protection and prosecution where there are data, and who sees the same movement."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.judgements import first_even_chances, level_word
from dashboards.briefing.model import Block, Heading, Paragraph, Table, TableCell
from dashboards.briefing.point_four_ps import point_blocks
from dashboards.briefing.risk_blocks import likely_blocks
from dashboards.edition_view.facts import TOP, Facts
from dashboards.edition_view.ranking import rank_units
from dashboards.edition_view.route_links import Link
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.wording import briefing as s
from dashboards.wording import formats as words

N_PARTNER_POINTS = 3
LAST = 4


def prepare_blocks(facts: Facts) -> list[Block]:
    """Which units are as likely as not to exceed their planned capacity, and from when."""
    heading, noun = Heading(s.H_PREPARE), level_word(facts)
    likely = likely_blocks(facts)
    if likely is not None:
        return [heading, *likely]
    n_planned = int(facts.ranked["exceedance_probability"].notna().sum())
    if not n_planned:
        return [heading, Paragraph(Sentence(s.PREPARE_UNKNOWN))]
    first = first_even_chances(facts)
    reach = words.periods(facts.last_horizon, facts.freq)
    if first.empty:
        return [heading, Paragraph(say(s.EVEN_NONE, n=words.counted(n_planned, noun), reach=reach))]
    shown = first.head(TOP)
    template = s.PREPARE_ONE if len(first) == 1 else s.PREPARE_ALL if len(first) == len(shown) else s.PREPARE_FIRST
    caption = template.format(n=words.counted(len(first), noun), level=noun, reach=reach, shown=len(shown))
    rows = tuple(_prepare_row(facts, r) for _, r in shown.iterrows())
    return [heading, Table(caption, s.PREPARE_HEAD, rows, right=(3, 4), widths=(2.6, 3, 2.4, 0, 0, 2.6))]


def _prepare_row(facts: Facts, first: pd.Series) -> tuple[TableCell, ...]:
    peak = facts.peak(first)
    highest = facts.of(peak, "percent", "exceedance_probability")
    return (
        TableCell(facts.title(first)),
        TableCell(facts.direction(first) or "–"),
        TableCell(facts.period(first["target_start"])),
        TableCell(words.periods(int(first["horizon"]), facts.freq)),
        TableCell(highest.shown, numbers=(highest,)),
        TableCell(facts.period(peak["target_start"])),
    )


def panel_blocks(facts: Facts) -> list[Block]:
    """Every other indicator of the region: what was observed last and what is expected; "no data" where none is."""
    others = [i for i in facts.edition.manifest.get("indicators") or {} if i != facts.indicator]
    if not others:
        none = say(s.PANEL_NONE, indicator=facts.indicator_name(facts.indicator).lower())
        return [Heading(s.H_FOUR), Paragraph(none)]
    ahead = words.periods(facts.horizon, facts.freq)
    headers = tuple(h.format(steps=f"{words.period_word(facts.freq)}s", ahead=f"{ahead} ahead") for h in s.PANEL_HEAD)
    rows = tuple(_panel_row(facts, i) for i in others)
    caption = s.PANEL_CAPTION.format(level=level_word(facts))
    table = Table(caption, headers, rows, right=(3, 4), widths=(3.4, 2.4, 2, 1.6, 1.6))
    return [Heading(s.H_FOUR), table, *[Paragraph(p) for p in _places_short(facts)]]


def _panel_row(facts: Facts, indicator: str) -> tuple[TableCell, ...]:
    name = TableCell(f"{facts.indicator_name(indicator)} ({facts.unit_word(indicator)})")
    row = facts.whole(indicator)
    if row is None:
        return (name, TableCell(words.NO_DATA), TableCell("–"), TableCell(words.NO_DATA), TableCell("–"))
    history = facts.edition.forecast["history"].sel(indicator=indicator, nationality="TOTAL", unit=row["unit"])
    known = history.to_series().dropna().tail(LAST)
    key = (("indicator", indicator), ("unit", str(row["unit"])))
    observed = tuple(
        Number(words.count(v), "forecast", (*key, ("time", f"{t:%Y-%m-%d}")), ("history",), "count")
        for t, v in known.items()
    )
    last = facts.period(known.index[-1]) if len(known) else "–"
    median, ends = facts.of(row, "number", "q50"), facts.of(row, "interval", "q10", "q90")
    return (
        name,
        TableCell(" · ".join(n.shown for n in observed) or words.NO_DATA, numbers=observed),
        TableCell(last),
        TableCell(median.shown, numbers=(median,)),
        TableCell(ends.shown.replace(" (80 %)", ""), numbers=(ends,)),
    )


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
                at=facts.at(r),
                capacity=facts.of(r, "planned", "capacity"),
                period=facts.period(r["target_start"]),
            )
            for _, r in short.iterrows()
        ]
    return found


def partner_blocks(facts: Facts, links: Sequence[Link] | None) -> list[Block]:
    """What the first pressure points mean, with the neighbours up- and downstream of them."""
    boxes = point_blocks(facts, links, named_ends)
    if boxes:
        return boxes
    heading = Heading(s.H_PARTNERS)
    if links is None:
        return [heading, Paragraph(Sentence(s.NO_GRAPH), style="note")]
    points = facts.ranked[facts.ranked["segment"].fillna("").ne("")].head(N_PARTNER_POINTS)
    segments = set(points["segment"])
    if not any({link.source, link.target} & segments for link in links):
        return [heading, Paragraph(Sentence(s.NO_LINKS), style="note")]
    rows = tuple(
        (
            TableCell(facts.title(r)),
            TableCell(facts.direction(r).replace(" → ", " and ") or "–"),
            TableCell(named_ends(facts, [(k.source, k.lag) for k in links if k.target == r["segment"]]) or s.START),
            TableCell(named_ends(facts, [(k.target, k.lag) for k in links if k.source == r["segment"]]) or s.END),
        )
        for _, r in points.iterrows()
    )
    return [heading, Table(s.PARTNERS_CAPTION, s.PARTNERS_HEAD, rows, widths=(2, 2, 3.5, 3.5))]


def named_ends(facts: Facts, ends: list[tuple[str, int]]) -> str:
    """Segments at the other end of the links, by direction (the authorities concerned), the nearest in time first."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for segment, lag in sorted(set(ends), key=lambda end: (end[1], end[0])):
        row = facts.segment(segment)
        name = segment if row is None else facts.place(row)
        way = "" if row is None else facts.direction(row)
        groups.setdefault(way or name, []).append((lag, name))
    parts = [_group(facts, way, members) for way, members in groups.items()]
    return "; ".join([*parts[:3], *([f"{len(parts) - 3} more"] if len(parts) > 3 else [])])


def _group(facts: Facts, way: str, members: list[tuple[int, str]]) -> str:
    names = list(dict.fromkeys(name for _, name in members))
    first, last = members[0][0], members[-1][0]
    lag = words.periods(first, facts.freq) if first == last else f"{first}–{words.periods(last, facts.freq)}"
    where = names[0] if len(names) == 1 else words.counted(len(names), level_word(facts))
    return f"{way} ({lag})" if where == way else f"{way} ({where}, {lag})"
