"""Scenarios as text: what the form writes, what the page offers to start with, and assumptions in words."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import yaml

from dashboards.edition_view.facts import Facts
from dashboards.scenarios.whole_places import BORDER, part_name, parts
from dashboards.wording import formats as words, scenarios as texts
from forecasting.scenarios.assumption import Ask, Assumption, Phrases, marker
from forecasting.scenarios.assumptions import KINDS
from forecasting.scenarios.network import NOWHERE
from pipelines.scenarios.scenario_edition import ScenarioEdition

Draft = dict[str, Any]  # an assumption as a scenario's file holds it
DIVERSION = {"divert": 0.7, "wait": 0.2, "leave": 0.1}


def scenario_text(name: str, assumptions: Sequence[Draft], diversion: Mapping[str, Any] | None = None) -> str:
    """The scenario's file: one assumption a line.

    >>> print(scenario_text("More", [{"kind": "inflow", "factor": [1.1, 1.4]}]))
    name: More
    assumptions:
      - {kind: inflow, factor: [1.1, 1.4]}
    <BLANKLINE>
    """
    lines = [f"name: {_inline(name)}", "assumptions:" if assumptions else "assumptions: []"]
    lines += [f"  - {_inline(a)}" for a in assumptions]
    lines += [f"diversion: {_inline(dict(diversion))}"] if diversion else []
    return "\n".join(lines) + "\n"


def _inline(value: object) -> str:
    dumped = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf"))
    return str(dumped).removesuffix("\n").removesuffix("...").strip()


def read_draft(text: str) -> tuple[str, list[Draft], dict[str, Any] | None]:
    """Name, assumptions and diversion of a valid scenario's text, for the form to go on from."""
    value = yaml.safe_load(text)
    return str(value["name"]), list(value.get("assumptions") or []), value.get("diversion")


def starters(base: ScenarioEdition, *, begin: int) -> dict[str, str]:
    """Scenarios that suit the region, by name: its busiest place, the busiest border, arrivals, the season.

    Args:
        base: Whose region it is.
        begin: How far ahead they begin.
    """
    busiest = _busiest(base)
    segment = base.region.segment_by_id[busiest]
    steps = f"{words.period_word(base.region.freq)}s"
    closed = {"kind": "segment_flow", "factor": [0.0, 0.1], "from_horizon": begin}
    on_border = segments_of_border(base, segment.border)
    cell = next(c for c in base.region.cells if c.segment == busiest)
    way = words.direction(cell.from_country, cell.to_country, base.region.countries) or segment.border
    border = texts.STARTERS["border"].format(border=way)
    found = {
        texts.STARTERS["close"].format(place=words.starred(segment.name or busiest)): [{**closed, "segment": busiest}],
        border: [{**closed, "segment": s} for s in on_border],
        texts.STARTERS["more"]: [{"kind": "inflow", "factor": [1.1, 1.4], "from_horizon": begin}],
    }
    if base.setting.season is not None:
        found[texts.STARTERS["late"].format(steps=steps)] = [{"kind": "season_shift", "periods": [3, 5]}]
    if len(on_border) < 2:
        del found[border]
    return {name: scenario_text(name, assumed) for name, assumed in found.items()}


def _busiest(base: ScenarioEdition) -> str:
    """The segment with most traffic, of those behind an entry that lead further; of all where there are none."""
    network = base.setting.network
    level = np.nan_to_num(base.baseline.mean(axis=(1, 2)))
    inner = level * ~network.entry * (network.node_of_source != NOWHERE)
    return network.segments[int((inner if inner.any() else level).argmax())]


def segments_of_border(base: ScenarioEdition, border: str) -> list[str]:
    """Segments of a border that some route uses, in the pack's order."""
    used = {c.segment for c in base.region.cells}
    return [s.id for s in base.region.segments if s.border == border and s.id in used]


def assumed_in_words(base: ScenarioEdition, text: str) -> list[str]:
    """The assumptions of a scenario's file, with the names of places and periods; see `assumptions_as_one`."""
    return [line for line, _ in assumptions_as_one(base, read_draft(text)[1])]


def assumptions_as_one(base: ScenarioEdition, drafts: Sequence[Draft]) -> list[tuple[str, list[Draft]]]:
    """Assumptions in words, one a line, each with those that it stands for.

    What is assumed alike of all ways into a country, of a whole border or of a whole route is one line.
    """
    named, facts = {x.id: words.starred(x.name) for x in base.region.segments}, Facts(base.edition)
    periods = {h: facts.period(start) for h, start in enumerate(base.scope.starts, start=1)}
    found = []
    for place, alike in _as_one(base, drafts):
        line = in_words(alike[0], freq=base.region.freq, named=named, periods=periods, place=place)
        found.append((f"{line[:1].upper()}{line[1:]}", alike))
    return found


def _as_one(base: ScenarioEdition, drafts: Sequence[Draft]) -> Iterator[tuple[str, list[Draft]]]:
    """Assumptions that are said together, and the one place that theirs are; "" of one that stands alone."""
    whole = sorted(parts(base).items(), key=lambda part: (-len(part[1]), not part[0].startswith(BORDER)))
    left = list(drafts)
    while left:
        first, rest = str(left[0].get(_each(left[0]), "")), _but_place(left[0])
        alike = {str(d[_each(d)]): d for d in left if _each(d) and _but_place(d) == rest}
        told = ((key, s) for key, s in whole if len(s) > 1 and first in s and alike.keys() >= set(s))
        key, segments = next(told, ("", []))
        mine = [alike[s] for s in segments] or left[:1]
        yield part_name(base, key, segments, forms=texts.AS_ONE) if key else "", mine
        for one in mine:
            left.remove(one)


def _each(draft: Draft) -> str:
    """The field of which each value is an assumption of its own; "" of kinds that have none."""
    kind = KINDS[draft["kind"]]
    return next((k for k in kind.model_fields if (ask := marker(kind, k, Ask)) is not None and ask.each), "")


def _but_place(draft: Draft) -> Draft:
    return {key: value for key, value in draft.items() if key != _each(draft)}


def held_back_in_words(base: ScenarioEdition, text: str) -> str:
    """What a scenario's file says of those who are held back, or the usual shares."""
    stated = {**DIVERSION, **(read_draft(text)[2] or {})}
    shares = {key: _share(tuple(v) if isinstance(v, list) else (v, v)) for key, v in stated.items()}
    return texts.HELD_BACK.format(step=words.period_word(base.region.freq), **shares)


def in_words(
    assumption: Draft, *, freq: str, named: Mapping[str, str], periods: Mapping[int, str], place: str = ""
) -> str:
    """An assumption as a line of the list.

    Args:
        assumption: As in a scenario's file.
        freq: "W" or "M".
        named: Segment → name.
        periods: Periods ahead → name.
        place: What stands for its place, where it is said together with others.

    >>> stated = {"kind": "inflow", "factor": [1.1, 1.4], "from_horizon": 3}
    >>> in_words(stated, freq="W", named={}, periods={3: "week 49 (from 30 Nov)"})
    'Arrivals at every entry: +10 to +40 %, from week 49 (from 30 Nov) on'
    """
    value = KINDS[assumption["kind"]].model_validate(assumption)
    say = Phrases(
        step=words.period_word(freq),
        place=(lambda _: place) if place else partial(_place, named=named),
        share=_share,
        change=_change,
        periods=partial(words.periods, freq=freq),
        joined=words.joined,
    )
    return f"{value.sentence(say)}{_when(value, say.step, periods)}"


def _when(a: Assumption, step: str, periods: Mapping[int, str]) -> str:
    first, last = (
        periods.get(h, f"{step} {h} of the outlook") if h else str(day or "")
        for h, day in ((a.from_horizon, a.from_date), (a.until_horizon, a.until_date))
    )
    text = f", from {first}" if first else ""
    text += f" to {last}" if last and first else f", until {last}" if last else ""
    text += " on" if first and not last else ""
    return f"{text}, coming in over {a.ramp_periods} {step}s" if a.ramp_periods > 1 else text


def _place(segment: str, named: Mapping[str, str]) -> str:
    return f"{named[segment]} ({segment})" if named.get(segment) else segment


def _share(ends: tuple[float, float]) -> str:
    low, high = (f"{100 * v:.0f}" for v in ends)
    return f"{low if low == high else f'{low}–{high}'} %"


def _change(ends: tuple[float, float]) -> str:
    low, high = (_signed(100 * (v - 1)) for v in ends)
    return f"{low if low == high else f'{low} to {high}'} %"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{abs(value):.0f}"
