"""Checks of a pack's risk inputs: places, indicators and limits."""

import re
from collections.abc import Iterator

from geo.pack.entries import PackEntry, suggest
from geo.pack.pack import Pack
from geo.pack.problems import Problem
from geo.pack.risk_spec import AssessmentSpec
from geo.region.risk_inputs import STATES


def check_risk_inputs(pack: Pack) -> Iterator[Problem]:
    """Problems of `vulnerability`, `impact`, `impact_levels`, `alerts`, `budgets` and of the rules in `risk`."""
    for part in ("vulnerability", "impact"):
        yield from _assessments(getattr(pack, part), part, pack)
    yield from _impact_levels(pack)
    yield from _alerts(pack)
    for entry in pack.budgets:
        name = entry.spec.indicator
        if name not in pack.indicators:
            yield entry.problem(f"budgets: indicator '{name}' is unknown.{suggest(name, pack.indicators)}", "indicator")
    yield from _margin(pack)


def _assessments(entries: list[PackEntry[AssessmentSpec]], part: str, pack: Pack) -> Iterator[Problem]:
    known = _places(pack)
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        place, kind = entry.spec.place, entry.spec.kind
        if place not in known:
            level, _, name = place.partition(":")
            nearest = suggest(name, [p.partition(":")[2] for p in sorted(known) if p.startswith(f"{level}:")])
            yield entry.problem(f"{part}: {level} '{name}' is unknown.{nearest}", level)
        if (place, kind) in seen:
            yield entry.problem(f"{part}: {place}, {kind} is given twice. Keep one.")
        seen.add((place, kind))


def _impact_levels(pack: Pack) -> Iterator[Problem]:
    borders = {segment.spec.border for segment in pack.segments}
    for entry in pack.impact_levels:
        border = entry.spec.border
        if border not in borders:
            yield entry.problem(f"impact_levels: border '{border}' is unknown.{suggest(border, sorted(borders))}")
        elif re.fullmatch("[A-Z]{3}-[A-Z]{3}", border) and not STATES & set(border.split("-")):
            yield entry.problem(
                f"impact_levels: neither side of {border} is a Member State; Article 34 of Regulation (EU) 2019/1896 "
                "attributes no impact level to it. Take the entry out."
            )


def _alerts(pack: Pack) -> Iterator[Problem]:
    ids = [entry.spec.id for entry in pack.alerts]
    for position, entry in enumerate(pack.alerts):
        if entry.spec.id in ids[:position]:
            yield entry.problem(f"alerts: the id '{entry.spec.id}' is given twice. Rename one.", "id")


def _margin(pack: Pack) -> Iterator[Problem]:
    """A band must be able to fall: the margin stays below every limit."""
    if pack.settings is None:
        return
    risk = pack.settings.spec.risk
    least = min(risk.exceedance_limits[0], risk.history_probability)
    if risk.hysteresis_margin >= least > 0:
        message = (
            f"risk.hysteresis_margin: expected less than the lowest limit ({least:g}), got {risk.hysteresis_margin:g}; "
            "no band could fall again."
        )
        yield pack.settings.problem(message, "risk", "hysteresis_margin")


def _places(pack: Pack) -> set[str]:
    routes = {route.spec.id for route in pack.routes} or {"all"}
    segments = [segment.spec for segment in pack.segments]
    return {
        *(f"segment:{s.id}" for s in segments),
        *(f"border:{s.border}" for s in segments),
        *(f"route:{r}" for r in routes),
    }
