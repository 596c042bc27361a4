"""Scenario files: read, checked against region and forecast, every problem at once with its line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from forecasting.scenarios.assumption import Assumption, Named, marker
from forecasting.scenarios.assumptions import KINDS, Scenario
from geo.pack.entries import PackEntry, Problem, YamlDocument, read_entry, read_yaml_text, suggest
from geo.region.region import Region
from pipelines.ingest.reading.person_evidence import require_no_persons
from pipelines.observations.schema import DataRefusedError

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

    def ids(self, what: str) -> list[str]:
        """The ids of a kind (`Named.what`) that an assumption may name."""
        match what:
            case "segment":
                return sorted({c.segment for c in self.region.cells})
            case "route":
                return [r.id for r in self.region.routes]
            case "nationality":
                return list(self.nationalities)
            case _:
                return list(self.region.indicators)

    def horizon_of(self, day: date) -> int:
        """Horizon of the period that holds a day; days before the first forecast period belong to it."""
        return min(max(1, int((self.starts.date <= day).sum())), len(self.starts))


def load_scenario(path: Path, scope: Scope) -> Scenario:
    """Read one scenario file.

    Raises:
        ScenarioError: the file can't be read or says what can't be meant; all problems, with their lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refusal(str(path), f"expected a scenario file: {reason.lower()}.") from error
    except UnicodeDecodeError as error:
        raise _refusal(path.name, f"expected UTF-8 text, got {error.reason}.") from error
    return parse_scenario(text, scope, name=path.name)


def parse_scenario(text: str, scope: Scope, *, name: str = "scenario.yaml") -> Scenario:
    """The same from text, for a form or an upload.

    Raises:
        ScenarioError: as `load_scenario`.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refusal(name, f"expected at most {MAX_CHARACTERS:,} characters, got {len(text):,}.")
    return _scenario(read_yaml_text(text, file=name), scope)


def _refusal(file: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(file, None, message)])


def _scenario(document: YamlDocument, scope: Scope) -> Scenario:
    _require_no_persons(document)
    problems = list(document.problems)
    if not isinstance(document.value, dict):
        problems = problems or [document.problem((), "expected 'name' and 'assumptions', got something else.")]
        raise ScenarioError(problems)
    plain = {key: value for key, value in document.value.items() if key != "assumptions"}
    head = read_entry(Scenario, plain, file=document.file, line_of=document.line)
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
    return head.value.model_copy(update={"assumptions": tuple(a for a in found if a is not None)})


def _require_no_persons(document: YamlDocument) -> None:
    """Refuse what speaks of persons, by the rules of the file door, before anything of it is repeated in a message."""
    texts: dict[str, list[str]] = {}
    _gather(document.value, "", texts)
    try:
        require_no_persons(Path(document.file), texts)
    except DataRefusedError as error:
        raise _refusal(document.file, str(error).partition(": ")[2]) from error


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
    return None if wrong else _by_horizon(entry.value, scope)


def _unknown_names(entry: PackEntry[Assumption], name: str, scope: Scope) -> Iterable[Problem]:
    """Ids that the region doesn't know, with the nearest that it does."""
    model = type(entry.value)
    for key, named in ((k, n) for k in model.model_fields if (n := marker(model, k, Named))):
        given, known = getattr(entry.value, key), scope.ids(named.what)
        for value in () if given is None else (given,) if isinstance(given, str) else given:
            if value not in known:
                hint = suggest(value, known) or ("" if known else f" No {named.what} is known here.")
                yield entry.problem(f"{name}.{key}: unknown {named.what} '{value}'.{hint}", key)


def _out_of_reach(entry: PackEntry[Assumption], name: str, scope: Scope) -> Iterable[Problem]:
    spec, horizon = entry.value, len(scope.starts)
    first, last = scope.starts[0].date(), scope.ends[-1].date()
    if spec.from_horizon is not None and spec.from_horizon > horizon:
        yield entry.problem(f"{name}.from_horizon: expected 1 … {horizon}, got {spec.from_horizon}.", "from_horizon")
    begins, ends = spec.from_date, spec.until_date
    if begins is not None and begins > last:
        yield entry.problem(f"{name}.from: expected a day from {first} to {last}, got {begins}.", "from")
    if ends is not None and (ends < first or (begins is not None and ends < begins)):
        yield entry.problem(f"{name}.until: expected a day after it begins, from {first} on, got {ends}.", "until")


def _by_horizon(assumption: Assumption, scope: Scope) -> Assumption:
    """The assumption with its dates as horizons."""
    dates = {"from": assumption.from_date, "until": assumption.until_date}
    changes: dict[str, int | None] = {f"{k}_horizon": scope.horizon_of(day) for k, day in dates.items() if day}
    return assumption.model_copy(update={**changes, "from_date": None, "until_date": None}) if changes else assumption
