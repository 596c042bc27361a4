"""Scenarios as text: what the form writes, what the page offers to start with, and assumptions in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import yaml

from dashboards.wording import formats as words
from dashboards.wording import scenarios as texts
from forecasting.scenarios.network import NOWHERE
from pipelines.scenarios.stage import ScenarioEdition

Assumption = dict[str, Any]
DIVERSION = {"divert": 0.7, "wait": 0.2, "leave": 0.1}


def scenario_text(name: str, assumptions: Sequence[Assumption], diversion: Mapping[str, Any] | None = None) -> str:
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


def read_draft(text: str) -> tuple[str, list[Assumption], dict[str, Any] | None]:
    """Name, assumptions and diversion of a valid scenario's text, for the form to go on from."""
    value = yaml.safe_load(text)
    return str(value["name"]), list(value.get("assumptions") or []), value.get("diversion")


def starters(stage: ScenarioEdition) -> dict[str, str]:
    """Scenarios that suit the region, by name: its busiest place, the busiest border, arrivals, the season."""
    busiest = _busiest(stage)
    segment = stage.region.segment_by_id[busiest]
    steps = f"{words.period_word(stage.region.freq)}s"
    closed = {"kind": "segment_flow", "factor": [0.0, 0.1], "from_horizon": 2}
    on_border = segments_of_border(stage, segment.border)
    found = {
        texts.STARTERS["close"].format(place=busiest): [{**closed, "segment": busiest}],
        texts.STARTERS["border"].format(border=segment.border): [{**closed, "segment": s} for s in on_border],
        texts.STARTERS["more"]: [{"kind": "inflow", "factor": [1.1, 1.4], "from_horizon": 2}],
    }
    if stage.setting.season is not None:
        found[texts.STARTERS["late"].format(steps=steps)] = [{"kind": "season_shift", "periods": [3, 5]}]
    if len(on_border) < 2:
        del found[texts.STARTERS["border"].format(border=segment.border)]
    return {name: scenario_text(name, assumed) for name, assumed in found.items()}


def _busiest(stage: ScenarioEdition) -> str:
    """The segment with most traffic, of those behind an entry that lead further; of all where there are none."""
    network = stage.setting.network
    level = np.nan_to_num(stage.baseline.mean(axis=(1, 2)))
    inner = level * ~network.entry * (network.node_of_source != NOWHERE)
    return network.segments[int((inner if inner.any() else level).argmax())]


def segments_of_border(stage: ScenarioEdition, border: str) -> list[str]:
    """Segments of a border that some route uses, in the pack's order."""
    used = {c.segment for c in stage.region.cells}
    return [s.id for s in stage.region.segments if s.border == border and s.id in used]


def in_words(assumption: Assumption, *, freq: str, named: Mapping[str, str]) -> str:
    """An assumption as a line of the list.

    Args:
        assumption: As in a scenario's file.
        freq: "W" or "M".
        named: Segment → name.

    >>> in_words({"kind": "inflow", "factor": [1.1, 1.4], "from_horizon": 3}, freq="W", named={})
    'Arrivals at every entry: +10 to +40 %, from week 3 on'
    """
    return f"{_WORDS[assumption['kind']](assumption, named, freq)}{_when(assumption, freq)}"


def _when(a: Assumption, freq: str) -> str:
    step = words.period_word(freq)
    first, last = a.get("from_horizon") or a.get("from"), a.get("until_horizon") or a.get("until")
    text = f", from {_point(first, step)}" if first else ""
    text += f" to {_point(last, step)}" if last and first else f", until {_point(last, step)}" if last else ""
    text += " on" if first and not last else ""
    ramp = int(a.get("ramp_periods") or 1)
    return f"{text}, coming in over {ramp} {step}s" if ramp > 1 else text


def _point(value: object, step: str) -> str:
    return f"{step} {value}" if isinstance(value, int) else str(value)


def _ends(value: object) -> tuple[float, float]:
    low, high = value if isinstance(value, list | tuple) else (value, value)
    return float(low), float(high)


def _share(value: object) -> str:
    low, high = (f"{100 * v:.0f}" for v in _ends(value))
    return f"{low if low == high else f'{low}–{high}'} %"


def _change(value: object) -> str:
    low, high = (_signed(100 * (v - 1)) for v in _ends(value))
    return f"{low if low == high else f'{low} to {high}'} %"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{abs(value):.0f}"


def _place(segment: object, named: Mapping[str, str]) -> str:
    name = named.get(str(segment), "")
    return f"{name} ({segment})" if name else str(segment)


def _held(a: Assumption, named: Mapping[str, str], _freq: str) -> str:
    return f"{_place(a['segment'], named)} lets {_share(a['factor'])} through"


def _arrivals(a: Assumption, named: Mapping[str, str], _freq: str) -> str:
    where = f"at {_place(a['entry'], named)}" if a.get("entry") else "at every entry"
    nationality = f" of nationality {a['nationality']}" if a.get("nationality") else ""
    return f"Arrivals{nationality} {where}: {_change(a['factor'])}"


def _way(a: Assumption, named: Mapping[str, str], freq: str) -> str:
    ends = f"{_place(a['from_segment'], named)} to {_place(a['to_segment'], named)}"
    return f"New way from {ends}: {_share(a['share'])} take it, {words.periods(int(a.get('lag', 1)), freq)} long"


def _rule(a: Assumption, named: Mapping[str, str], _freq: str) -> str:
    where = [*(f"route {r}" for r in a.get("routes") or ()), *(_place(s, named) for s in a.get("segments") or ())]
    return f"{a['name']}: arrivals {_change(a['factor'])} at {words.joined(where) or 'every entry'}"


def _capacity(a: Assumption, named: Mapping[str, str], _freq: str) -> str:
    new = f"{100 * a['factor']:.0f} % of the planned one" if a.get("factor") is not None else f"{a.get('value'):,g}"
    what = f" ({str(a['indicator']).replace('_', ' ')})" if a.get("indicator") else ""
    return f"Capacity at {_place(a['segment'], named)}{what}: {new}"


def _season(a: Assumption, _named: Mapping[str, str], freq: str) -> str:
    low, high = _ends(a["periods"])
    size = (
        f"{abs(low):g}" if low == high else f"{abs(low):g}–{abs(high):g}" if low * high >= 0 else f"{low:g} to {high:g}"
    )
    return f"The season comes {size} {words.period_word(freq)}s {'earlier' if high <= 0 else 'later'}"


_WORDS = {
    "segment_flow": _held,
    "inflow": _arrivals,
    "edge": _way,
    "event": _rule,
    "capacity": _capacity,
    "season_shift": _season,
}
