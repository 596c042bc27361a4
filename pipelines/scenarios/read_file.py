"""Scenario files: read, checked against region and forecast, every problem at once with its line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from forecasting.scenarios.assumptions import (
    Assumption,
    CapacityChange,
    Diversion,
    FactorRange,
    Inflow,
    NewEdge,
    PolicyDate,
    Scenario,
    SeasonShift,
    SegmentFlow,
    Span,
)
from geo.pack.entries import PackEntry, Problem, YamlDocument, read_entry, read_yaml_text, suggest
from geo.region.region import Region
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.observations.schema import DataRefusedError
from pipelines.scenarios.file_schema import (
    KINDS,
    AssumptionSpec,
    CapacitySpec,
    DiversionSpec,
    EdgeSpec,
    EventSpec,
    InflowSpec,
    ScenarioSpec,
    SeasonSpec,
    SegmentFlowSpec,
)

MAX_ASSUMPTIONS = 200
MAX_CHARACTERS = 100_000


class ScenarioError(Exception):
    """A scenario file can't be used; `problems` holds everything that is wrong with it. Exit code 3."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


@dataclass(frozen=True)
class Scope:
    """What a scenario may speak of."""

    region: Region
    starts: pd.DatetimeIndex  # first day of each forecast period
    ends: pd.DatetimeIndex  # last day
    nationalities: tuple[str, ...] = ()  # whose share of the flow is known
    entries: frozenset[str] = frozenset()  # segments at which people enter


def load_scenario(path: Path, scope: Scope) -> Scenario:
    """Read one scenario file.

    Raises:
        ScenarioError: the file can't be read or says what can't be meant; all problems, with their lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScenarioError([Problem(str(path), None, f"expected a scenario file: {reason.lower()}.")]) from error
    except UnicodeDecodeError as error:
        raise ScenarioError([Problem(path.name, None, f"expected UTF-8 text, got {error.reason}.")]) from error
    return parse_scenario(text, scope, name=path.name)


def parse_scenario(text: str, scope: Scope, *, name: str = "scenario.yaml") -> Scenario:
    """The same from text, for a form or an upload.

    Raises:
        ScenarioError: as `load_scenario`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ScenarioError(
            [Problem(name, None, f"expected at most {MAX_CHARACTERS:,} characters, got {len(text):,}.")]
        )
    try:
        # an anchor that repeats itself would grow without end
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ScenarioError([Problem(name, None, "expected plain values, got a YAML alias (*name). Write it out.")])
        return _scenario(read_yaml_text(text, file=name), scope)
    except RecursionError as error:
        raise ScenarioError([Problem(name, None, "expected a short list of assumptions, got deep nesting.")]) from error
    except yaml.YAMLError:
        return _scenario(read_yaml_text(text, file=name), scope)


def _scenario(document: YamlDocument, scope: Scope) -> Scenario:
    _require_no_persons(document)
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        problems = problems or [document.problem((), "expected 'name' and 'assumptions', got something else.")]
        raise ScenarioError(problems)
    plain = {key: value for key, value in document.value.items() if key != "assumptions"}
    head = read_entry(ScenarioSpec, plain, file=document.file, line_of=document.line)
    if not isinstance(head, PackEntry):
        problems += head
    listed = document.value.get("assumptions", [])
    listed = [] if listed is None else listed
    if not isinstance(listed, list) or len(listed) > MAX_ASSUMPTIONS:
        what = f"expected a list of at most {MAX_ASSUMPTIONS} assumptions (lines with '- ')."
        problems.append(document.problem(("assumptions",), f"assumptions: {what}"))
        listed = []
    found = [_assumption(raw, number, document, scope, problems) for number, raw in enumerate(listed)]
    if problems or not isinstance(head, PackEntry):
        raise ScenarioError(problems)
    diversion = _diversion(head.value.diversion) or Diversion()
    return Scenario(head.value.name, tuple(a for a in found if a is not None), diversion)


def _require_no_persons(document: YamlDocument) -> None:
    """Refuse what speaks of persons, by the rules of the file door, before anything of it is repeated in a message."""
    texts: dict[str, list[str]] = {}
    _gather(document.value, "", texts)
    try:
        require_no_persons(Path(document.file), texts)
    except DataRefusedError as error:
        raise ScenarioError([Problem(document.file, None, str(error).partition(": ")[2])]) from error


def _gather(value: object, key: str, texts: dict[str, list[str]]) -> None:
    """Every key of a document with the texts under it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            texts.setdefault(str(name), [])
            _gather(inner, str(name), texts)
    elif isinstance(value, list):
        for inner in value:
            _gather(inner, key, texts)
    elif isinstance(value, str):
        texts.setdefault(key, []).append(value)


def _assumption(
    raw: object, number: int, document: YamlDocument, scope: Scope, problems: list[Problem]
) -> Assumption | None:
    at, name = ("assumptions", number), f"assumptions[{number + 1}]"
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        hint = suggest(str(kind), KINDS)
        problems.append(document.problem(at, f"{name}: expected a known 'kind', got {kind!r}.{hint}"))
        return None
    entry = read_entry(
        KINDS[kind], raw, file=document.file, line_of=lambda inner: document.line((*at, *inner)), name=name
    )
    if not isinstance(entry, PackEntry):
        problems += entry
        return None
    wrong = [*_unknown_names(entry, name, scope), *_out_of_reach(entry, name, scope)]
    problems += wrong
    return None if wrong else _frozen(entry.value, _span(entry.value, scope))


def _unknown_names(entry: PackEntry[AssumptionSpec], name: str, scope: Scope) -> Iterable[Problem]:
    """Ids that the region doesn't know, with the nearest that it does."""
    for key, value, known, what in _names(entry.value, scope):
        if value not in known:
            hint = suggest(value, known) or ("" if known else f" No {what} is known here.")
            yield entry.problem(f"{name}.{key}: unknown {what} '{value}'.{hint}", key)


def _names(spec: AssumptionSpec, scope: Scope) -> list[tuple[str, str, list[str], str]]:
    """(key, value, known values, what it is) of every id that an assumption names."""
    segments = sorted({c.segment for c in scope.region.cells})
    routes = [r.id for r in scope.region.routes]
    match spec:
        case SegmentFlowSpec():
            named = [("segment", spec.segment, segments, "segment")]
        case CapacitySpec():
            named = [("segment", spec.segment, segments, "segment")]
            indicators = list(scope.region.indicators)
            named += [("indicator", spec.indicator, indicators, "indicator")] if spec.indicator else []
        case EdgeSpec():
            ends = (("from_segment", spec.source), ("to_segment", spec.target))
            named = [(key, value, segments, "segment") for key, value in ends]
        case InflowSpec():
            known = (
                ("entry", spec.entry, segments, "segment"),
                ("nationality", spec.nationality, list(scope.nationalities), "nationality"),
            )
            named = [(key, value, ids, what) for key, value, ids, what in known if value is not None]
        case EventSpec():
            named = [("segments", s, segments, "segment") for s in spec.segments]
            named += [("routes", r, routes, "route") for r in spec.routes]
        case _:
            named = []
    return named


def _out_of_reach(entry: PackEntry[AssumptionSpec], name: str, scope: Scope) -> Iterable[Problem]:
    spec, horizon = entry.value, len(scope.starts)
    first, last = scope.starts[0].date(), scope.ends[-1].date()
    if spec.from_horizon is not None and spec.from_horizon > horizon:
        yield entry.problem(f"{name}.from_horizon: expected 1 … {horizon}, got {spec.from_horizon}.", "from_horizon")
    begins, ends = spec.from_date, spec.until_date
    if begins is not None and begins > last:
        yield entry.problem(f"{name}.from: expected a day from {first} to {last}, got {begins}.", "from")
    if ends is not None and (ends < first or (begins is not None and ends < begins)):
        yield entry.problem(f"{name}.until: expected a day after it begins, from {first} on, got {ends}.", "until")


def _span(spec: AssumptionSpec, scope: Scope) -> Span:
    first = spec.from_horizon or (_period_of(spec.from_date, scope) if spec.from_date else 1)
    last = spec.until_horizon or (_period_of(spec.until_date, scope) if spec.until_date else None)
    return Span(first, last, spec.ramp_periods)


def _period_of(day: date, scope: Scope) -> int:
    """Horizon of the period that holds a day; days before the first forecast period belong to it."""
    return min(max(1, int((scope.starts.date <= day).sum())), len(scope.starts))


def _diversion(spec: DiversionSpec | None) -> Diversion | None:
    return (
        None
        if spec is None
        else Diversion(FactorRange(*spec.divert), FactorRange(*spec.wait), FactorRange(*spec.leave))
    )


def _frozen(spec: AssumptionSpec, span: Span) -> Assumption:
    match spec:
        case SegmentFlowSpec():
            return SegmentFlow(spec.segment, FactorRange(*spec.factor), span, _diversion(spec.diversion))
        case InflowSpec():
            return Inflow(FactorRange(*spec.factor), spec.entry, spec.nationality, span)
        case EdgeSpec():
            return NewEdge(spec.source, spec.target, FactorRange(*spec.share), spec.lag, span)
        case EventSpec():
            return PolicyDate(spec.name, FactorRange(*spec.factor), spec.segments, spec.routes, span)
        case CapacitySpec():
            return CapacityChange(spec.segment, spec.value, spec.factor, span, spec.indicator)
        case SeasonSpec():
            return SeasonShift(FactorRange(*spec.periods), span)
    raise TypeError(type(spec).__name__)
