"""The form's fields, drawn from what the class of an assumption declares; the answers stand in a scenario's file."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, get_origin

import streamlit as st

from dashboards.components.scenarios.compute import first_open
from dashboards.components.typed_text import UNSENT
from dashboards.scenarios.assumptions_in_words import Draft
from dashboards.scenarios.whole_places import INTO, part_name, parts, ways
from dashboards.wording import formats as words, scenarios as texts
from forecasting.scenarios.assumption import Ask, Assumption, Named, Shown, marker
from forecasting.scenarios.assumptions import KINDS
from pipelines.scenarios.scenario_edition import ScenarioEdition

JOINER = "\u2060"  # unseen; the browser ranks a word after it below one after a space: whole borders come first


def read_fields(kind: str, base: ScenarioEdition, periods: Mapping[int, str]) -> list[Draft]:
    """Draw the fields of one kind; the assumptions that they state (one for each segment of a border)."""
    stated = _capacity(base) if kind == "capacity" else _stated(KINDS[kind], base)
    when = _when(base, periods)
    return [{"kind": kind, **s, **when} for s in stated]


def segment_names(base: ScenarioEdition) -> dict[str, str]:
    """Segments on routes by id, with their names."""
    used = {c.segment for c in base.region.cells}
    return {s.id: words.starred(s.name) for s in base.region.segments if s.id in used}


def _labels(base: ScenarioEdition) -> dict[str, str]:
    """Each segment by its name and direction, with its id: whatever of them is typed finds it, after what is whole."""
    way = {s: told.replace(" → ", f" → {JOINER}") for s, told in ways(base).items()}
    told = {s: " · ".join(dict.fromkeys(filter(None, (name, s)))) for s, name in segment_names(base).items()}
    return {s: f"{label} ({way[s]})" if way.get(s) else label for s, label in told.items()}


def _wholes(base: ScenarioEdition) -> dict[str, str]:
    """What stands for several segments, countries first; a country's only way in, too: who types its name means it."""
    return {
        key: part_name(base, key, segments, forms=texts.WHOLES)
        for key, segments in parts(base).items()
        if len(segments) > 1 or key.startswith(INTO)
    }


def _stated(model: type[Assumption], base: ScenarioEdition) -> list[Draft]:
    """Every field that declares how it is asked for, and those that must be given; nothing while one is missing."""
    asks = {
        key: marker(model, key, Ask) or Ask(key.replace("_", " "))
        for key, field in model.model_fields.items()
        if marker(model, key, Ask) or field.is_required()
    }
    in_row = [key for key, ask in asks.items() if ask.width]
    row = dict(zip(in_row, st.columns([asks[k].width for k in in_row]) if in_row else (), strict=True))
    stated: Draft = {}
    for key, ask in asks.items():
        with row.get(key, nullcontext()):
            value = _answer(model, key, ask, base, taken=set(map(str, stated.values())))
        if value not in (None, "", []):
            stated[key] = value
    if any(model.model_fields[key].is_required() and key not in stated for key in asks):
        return []
    several = next((key for key, ask in asks.items() if ask.each), None)
    return [{**stated, several: one} for one in _segments(base, stated[several])] if several else [stated]


def _segments(base: ScenarioEdition, chosen: list[str]) -> list[str]:
    """Segments chosen, singly and as parts of what stands for several."""
    whole = parts(base)
    return list(dict.fromkeys(s for c in chosen for s in whole.get(c, [c])))


def _answer(model: type[Assumption], key: str, ask: Ask, base: ScenarioEdition, *, taken: set[str]) -> object:
    """What is given for one field."""
    field, named, shown = model.model_fields[key], marker(model, key, Named), marker(model, key, Shown)
    label, box = ask.label.format(steps=f"{words.period_word(base.region.freq)}s"), f"f_{model.__name__}_{key}"
    if named:
        options = _options(named.what, ask, base)
        if ask.each or get_origin(field.annotation) is tuple:
            return st.multiselect(label, list(options), format_func=options.__getitem__, key=box, select_all=False)
        options = {k: v for k, v in options.items() if k not in taken}
        return _pick(label, options if field.is_required() else {"": ask.none, **options}, box)
    if shown:
        return _range(label, box, ask.usual, shown)
    if field.annotation is str:
        return st.text_input(label, key=box, placeholder=ask.hint, max_chars=80, **UNSENT).strip()
    return int(st.number_input(label, 1, base.setting.horizon, 1, key=box, **UNSENT))


def _options(what: str, ask: Ask, base: ScenarioEdition) -> dict[str, str]:
    """What may be named, with its name."""
    match what:
        case "segment":
            labels = {s: label for s, label in _labels(base).items() if not ask.entries or s in base.scope.entries}
            return {**_wholes(base), **labels} if ask.each else labels
        case "route":
            return {r.id: words.starred(r.name) for r in base.region.routes}
        case "nationality":
            return {o: words.nationality(o, base.region.countries) for o in base.scope.nationalities}
        case _:
            return {i: _indicator_name(base, i) for i in base.scope.ids(what)}


def _pick(label: str, options: Mapping[str, str], key: str) -> str | None:
    found: str | None = st.selectbox(label, list(options), format_func=options.__getitem__, key=key)
    return found


def _range(label: str, key: str, usual: tuple[int, int], shown: Shown) -> float | list[float]:
    """A range as it is shown, read back as values; one of no width as one number."""
    ends = st.slider(label, *shown.ends, usual, step=shown.step, key=key, help=texts.RANGE_NOTE)
    low, high = (round(shown.zero + end / shown.unit, 4) for end in ends)
    return low if low == high else [low, high]


def _capacity(base: ScenarioEdition) -> list[Draft]:
    """A factor where a capacity is planned, a value where none is."""
    indicators = {"": _indicator_name(base, base.indicator)}
    indicators |= {n.indicator: _indicator_name(base, n.indicator) for n in base.needs}
    chosen = _pick(texts.OF_WHAT, indicators, "f_capacity_of") if len(indicators) > 1 else ""
    planned_at = _planned(base, chosen)
    labels = {s: label for s, label in _labels(base).items() if f"segment:{s}" in planned_at}
    segment = _pick(texts.CAPACITY_PLACE, labels, "f_capacity_place")
    stated: Draft = {"segment": segment, **({"indicator": chosen} if chosen else {})}
    planned = float(planned_at[f"segment:{segment}"])
    if words.missing(planned):
        label = f"{texts.CAPACITY_VALUE.format(step=words.period_word(base.region.freq))} ({texts.NO_PLAN})"
        return [{**stated, "value": float(st.number_input(label, 0, None, 100, key="f_value", **UNSENT))}]
    label = f"{texts.CAPACITY_FACTOR} ({words.planned(planned)})"
    return [{**stated, "factor": st.slider(label, 0, 300, 150, step=5, key="f_factor") / 100}]


def _planned(base: ScenarioEdition, indicator: str | None) -> dict[str, float]:
    """Planned capacity by unit: of a stock of beds, or of what scenarios move."""
    for need in base.needs:
        if need.indicator == indicator:
            return dict(zip(need.units, need.capacity, strict=True))
    return dict(zip(base.units["unit"], base.capacity, strict=True))


def _indicator_name(base: ScenarioEdition, indicator: str) -> str:
    return words.starred(base.region.indicators[indicator].name)


def _when(base: ScenarioEdition, periods: Mapping[int, str]) -> dict[str, Any]:
    left, middle, right = st.columns([3, 3, 2])
    open_now = [h for h in periods if h >= first_open(base)]
    first = left.selectbox(texts.BEGINS, open_now, format_func=periods.__getitem__, key="f_first")
    of = {h: words.periods(h - first + 1, base.region.freq) for h in periods}
    later = {
        0: texts.TO_THE_END,
        **{h: texts.FOR_PERIODS.format(end=p, n=of[h]) for h, p in periods.items() if h >= first},
    }
    last = middle.selectbox(texts.ENDS, list(later), format_func=later.__getitem__, key="f_last")
    steps = f"{words.period_word(base.region.freq)}s"
    label = texts.RAMP.format(steps=steps)
    ramp = int(right.number_input(label, 1, base.setting.horizon, 1, key="f_ramp", **UNSENT))
    until, slow = {"until_horizon": int(last or 0)}, {"ramp_periods": ramp}
    return {"from_horizon": int(first), **(until if last else {}), **(slow if ramp > 1 else {})}
