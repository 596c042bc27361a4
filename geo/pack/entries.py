"""Entries of a pack's files: validated one by one, each knows where it stands."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from geo.pack.problems import Problem
from geo.pack.yaml_lines import Location, YamlDocument

LineOf = Callable[[Location], int | None]


SpecT = TypeVar("SpecT", bound=BaseModel)


@dataclass(frozen=True)
class PackEntry(Generic[SpecT]):
    """A valid entry and its place in a file."""

    spec: SpecT
    file: str
    line_of: LineOf

    def problem(self, message: str, *inner: int | str) -> Problem:
        """A problem with this entry, or with a part of it."""
        return Problem(self.file, self.line_of(inner), message)


def read_entry(
    model: type[SpecT], raw: object, *, file: str, line_of: LineOf, name: str = ""
) -> PackEntry[SpecT] | list[Problem]:
    """Validate one entry; what is wrong with it comes back as problems."""
    try:
        return PackEntry(model.model_validate(raw), file, line_of)
    except ValidationError as error:
        return [
            Problem(file, line_of(tuple(detail["loc"])), _message(dict(detail), model, name))
            for detail in error.errors(include_url=False)
        ]


def read_list(
    model: type[SpecT], document: YamlDocument, *, at: Location, problems: list[Problem]
) -> list[PackEntry[SpecT]]:
    """Validate the list that stands at a place of a YAML document; invalid entries become problems."""
    raw = document.value
    for key in at:
        raw = raw[key]
    name = str(at[-1]) if at else "file"
    if not isinstance(raw, list):
        problems.append(document.problem(at, f"{name}: expected a list of entries (lines with '- '), got {raw!r}."))
        return []
    entries = []
    for position, item in enumerate(raw):
        place = (*at, position)
        found = read_entry(
            model, item, file=document.file, line_of=_inside(document, place), name=f"{name}[{position + 1}]"
        )
        if isinstance(found, PackEntry):
            entries.append(found)
        else:
            problems.extend(found)
    return entries


def _inside(document: YamlDocument, place: Location) -> LineOf:
    return lambda inner: document.line((*place, *inner))


def read_table(model: type[SpecT], path: Path, problems: list[Problem]) -> list[PackEntry[SpecT]]:
    """Validate a CSV file row by row; invalid rows become problems."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, None, f"expected UTF-8 text, got {error.reason}. Save the file as UTF-8."))
        return []
    reader = csv.DictReader(io.StringIO(text))
    columns = set(reader.fieldnames or ())
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    if missing := sorted(required - columns):
        message = f"expected the columns {sorted(required)}, missing {missing}. Put them into the first line."
        problems.append(Problem(path.name, 1, message))
        return []
    entries = []
    for row in reader:
        line = reader.line_num
        found = read_entry(model, _filled(row), file=path.name, line_of=_always(line))
        if isinstance(found, PackEntry):
            entries.append(found)
        else:
            problems.extend(found)
    return entries


def _filled(row: Mapping[str | None, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items() if value not in ("", None)}


def _always(line: int) -> LineOf:
    return lambda _inner: line


def _message(detail: Mapping[str, Any], model: type[BaseModel], name: str) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    where = f"{name}.{place}" if name and place else name or place
    if detail["type"] == "missing":
        return f"{where}: expected a value, there is none."
    if detail["type"] == "extra_forbidden":
        return f"{where}: unknown key.{suggest(str(detail['loc'][-1]), _keys(model))}"
    text = detail["msg"].removeprefix("Input should ").removeprefix("Value ")
    if "pattern" in text:
        text = "match letters, digits, '-' and '_'" if "z" in text else "be three capital letters"
    return f"{where}: should {text}, got {detail['input']!r}."


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def suggest(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean '…'?`, or the known names where none is near and there are few."""
    names = list(known)
    best = process.extractOne(wrong, names, score_cutoff=70)
    if best:
        return f" Did you mean '{best[0]}'?"
    return f" Known: {', '.join(names)}." if 0 < len(names) <= 12 else ""
