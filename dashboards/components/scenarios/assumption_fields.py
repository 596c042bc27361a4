"""The form's fields, one function for each kind of assumption: what it returns stands in a scenario's file."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboards.scenarios.assumptions_in_words import Assumption, segments_of_border
from dashboards.wording import formats as words
from dashboards.wording import scenarios as texts
from pipelines.scenarios.stage import ScenarioEdition

BORDER = "border:"


def read_fields(kind: str, stage: ScenarioEdition, periods: Mapping[int, str]) -> list[Assumption]:
    """Draw the fields of one kind; the assumptions that they state (one for each segment of a border)."""
    stated = _FIELDS[kind](stage)
    when = _when(stage, periods)
    return [{"kind": kind, **s, **when} for s in stated]


def segment_names(stage: ScenarioEdition) -> dict[str, str]:
    """Segments on routes by id, with their names."""
    used = {c.segment for c in stage.region.cells}
    return {s.id: words.starred(s.name) for s in stage.region.segments if s.id in used}


def _labels(stage: ScenarioEdition) -> dict[str, str]:
    return {s: f"{s} · {name}" if name and name != s else s for s, name in segment_names(stage).items()}


def _with_borders(stage: ScenarioEdition) -> dict[str, str]:
    """Whole borders of several segments first, then segments."""
    labels = _labels(stage)
    borders = dict.fromkeys(s.border for s in stage.region.segments if s.id in labels)
    whole = {b: segments_of_border(stage, b) for b in borders}
    return {**{f"{BORDER}{b}": f"{b} · all {len(s)} segments" for b, s in whole.items() if len(s) > 1}, **labels}


def _pick(label: str, options: Mapping[str, str], key: str) -> str | None:
    found: str | None = st.selectbox(label, list(options), format_func=options.__getitem__, key=key)
    return found


def _range(label: str, key: str, ends: tuple[int, int], usual: tuple[int, int], step: int = 5) -> list[float]:
    low, high = st.slider(label, *ends, usual, step=step, key=key, help=texts.RANGE_NOTE)
    return [float(low), float(high)]


def _shares(values: list[float], base: float = 0.0) -> float | list[float]:
    """Per cents as shares or factors; a range of no width as one number."""
    found = [round(base + v / 100, 4) for v in values]
    return found[0] if found[0] == found[1] else found


def _held(stage: ScenarioEdition) -> list[Assumption]:
    options = _with_borders(stage)
    chosen = st.multiselect(texts.PLACES, list(options), format_func=options.__getitem__, key="f_places")
    factor = _shares(_range(texts.LETS_THROUGH, "f_through", (0, 100), (0, 10)))
    named = [
        s for c in chosen for s in (segments_of_border(stage, c.removeprefix(BORDER)) if c.startswith(BORDER) else [c])
    ]
    return [{"segment": s, "factor": factor} for s in dict.fromkeys(named)]


def _arrivals(stage: ScenarioEdition) -> list[Assumption]:
    labels = _labels(stage)
    entries = {"": texts.EVERY_ENTRY, **{s: labels[s] for s in labels if s in stage.scope.entries}}
    nationalities = {
        "": texts.EVERY_NATIONALITY,
        **{o: words.nationality(o, stage.region.countries) for o in stage.scope.nationalities},
    }
    left, right = st.columns([2, 1])
    with left:
        entry = _pick(texts.ENTRY, entries, "f_entry")
    with right:
        nationality = _pick(texts.NATIONALITY, nationalities, "f_nationality")
    change = _shares(_range(texts.CHANGE, "f_change", (-100, 200), (10, 40)), 1.0)
    return [
        {
            **({"entry": entry} if entry else {}),
            **({"nationality": nationality} if nationality else {}),
            "factor": change,
        }
    ]


def _way(stage: ScenarioEdition) -> list[Assumption]:
    labels = _labels(stage)
    left, right = st.columns(2)
    with left:
        source = _pick(texts.FROM_PLACE, labels, "f_from")
    with right:
        target = _pick(texts.TO_PLACE, {k: v for k, v in labels.items() if k != source}, "f_to")
    share = _shares(_range(texts.WAY_SHARE, "f_share", (0, 100), (5, 15)))
    steps = f"{words.period_word(stage.region.freq)}s"
    lag = int(st.number_input(texts.WAY_LAG.format(steps=steps), 1, stage.setting.horizon, 1, key="f_lag"))
    return [{"from_segment": source, "to_segment": target, "share": share, "lag": lag}]


def _rule(stage: ScenarioEdition) -> list[Assumption]:
    name = st.text_input(texts.RULE_NAME, key="f_rule", placeholder=texts.RULE_HINT, max_chars=80)
    routes = {r.id: words.starred(r.name) for r in stage.region.routes}
    chosen = st.multiselect(texts.RULE_ROUTES, list(routes), format_func=routes.__getitem__, key="f_routes")
    change = _shares(_range(texts.CHANGE, "f_change", (-100, 200), (-30, -10)), 1.0)
    return [{"name": name.strip(), **({"routes": chosen} if chosen else {}), "factor": change}] if name.strip() else []


def _capacity(stage: ScenarioEdition) -> list[Assumption]:
    indicators = {"": _indicator_name(stage, stage.indicator)}
    indicators |= {n.indicator: _indicator_name(stage, n.indicator) for n in stage.needs}
    chosen = _pick(texts.OF_WHAT, indicators, "f_capacity_of") if len(indicators) > 1 else ""
    planned_at = _planned(stage, chosen)
    labels = {s: label for s, label in _labels(stage).items() if f"segment:{s}" in planned_at}
    segment = _pick(texts.CAPACITY_PLACE, labels, "f_capacity_place")
    stated: Assumption = {"segment": segment, **({"indicator": chosen} if chosen else {})}
    planned = float(planned_at[f"segment:{segment}"])
    if words.missing(planned):
        step = words.period_word(stage.region.freq)
        label = f"{texts.CAPACITY_VALUE.format(step=step)} ({texts.NO_PLAN})"
        return [{**stated, "value": float(st.number_input(label, 0, None, 100, key="f_value"))}]
    label = f"{texts.CAPACITY_FACTOR} ({words.planned(planned)})"
    return [{**stated, "factor": st.slider(label, 0, 300, 150, step=5, key="f_factor") / 100}]


def _planned(stage: ScenarioEdition, indicator: str | None) -> dict[str, float]:
    """Planned capacity by unit: of a stock of places, or of what scenarios move."""
    for need in stage.needs:
        if need.indicator == indicator:
            return dict(zip(need.units, need.capacity, strict=True))
    return dict(zip(stage.units["unit"], stage.capacity, strict=True))


def _indicator_name(stage: ScenarioEdition, indicator: str) -> str:
    return words.starred(stage.region.indicators[indicator].name)


def _season(stage: ScenarioEdition) -> list[Assumption]:
    steps = f"{words.period_word(stage.region.freq)}s"
    low, high = _range(texts.SHIFT.format(steps=steps), "f_shift", (-12, 12), (3, 5), step=1)
    return [{"periods": low if low == high else [low, high]}]


def _when(stage: ScenarioEdition, periods: Mapping[int, str]) -> dict[str, Any]:
    left, middle, right = st.columns([3, 3, 2])
    first = left.selectbox(
        texts.BEGINS, list(periods), format_func=periods.__getitem__, key="f_first", index=min(1, len(periods) - 1)
    )
    later = {0: texts.TO_THE_END, **{h: p for h, p in periods.items() if h >= first}}
    last = middle.selectbox(texts.ENDS, list(later), format_func=later.__getitem__, key="f_last")
    steps = f"{words.period_word(stage.region.freq)}s"
    ramp = int(right.number_input(texts.RAMP.format(steps=steps), 1, stage.setting.horizon, 1, key="f_ramp"))
    found: dict[str, Any] = {"from_horizon": int(first)}
    if last:
        found["until_horizon"] = int(last)
    return {**found, **({"ramp_periods": ramp} if ramp > 1 else {})}


_FIELDS: dict[str, Callable[[ScenarioEdition], list[Assumption]]] = {
    "segment_flow": _held,
    "inflow": _arrivals,
    "edge": _way,
    "event": _rule,
    "capacity": _capacity,
    "season_shift": _season,
}
