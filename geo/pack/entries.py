"""Entries of a pack's text files: validated one by one, each knows where it stands; all that is wrong at once."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from rapidfuzz import process

Location = tuple[int | str, ...]
LineOf = Callable[[Location], int | None]
ValueT = TypeVar("ValueT")
_EMPTY = "expected settings, the file is empty."
DEEPEST = 20  # collections inside each other
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in one place of a pack."""

    file: str
    line: int | None  # 1 = the file's first line; None where the format has no lines
    message: str

    def __str__(self) -> str:
        """`file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PackError(Exception):
    """A region pack can't be used; `problems` holds everything that is wrong with it. Exit code 3."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


@dataclass(frozen=True)
class PackEntry(Generic[ValueT]):
    """A valid entry and its place in a file."""

    value: ValueT
    file: str
    line_of: LineOf

    def problem(self, message: str, *inner: int | str) -> Problem:
        """A problem with this entry, or with a part of it."""
        return Problem(self.file, self.line_of(inner), message)


@dataclass(frozen=True)
class YamlDocument:
    """A file's content, and where each part of it stands."""

    file: str
    value: Any = None
    lines: Mapping[Location, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, location: Sequence[int | str] = ()) -> int | None:
        """Line of a part, or of the nearest part around it."""
        place = tuple(location)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def problem(self, location: Sequence[int | str], message: str) -> Problem:
        """A problem with a part of this file."""
        return Problem(self.file, self.line(location), message)


def read_yaml(path: Path) -> YamlDocument:
    """Read a YAML file; a syntax error or a key given twice is a problem of the document, not an exception."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return _unread(path.name, None, f"expected UTF-8 text, got {error.reason}.")
    return read_yaml_text(text, file=path.name)


def read_yaml_text(text: str, *, file: str) -> YamlDocument:
    """The same from a text; `file` is what messages call it. Aliases and deep nesting grow without end: problems."""
    try:
        found = _not_plain(text)
        if found is not None:
            return _unread(file, *found)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return _unread(file, 1, _EMPTY)
            lines: dict[Location, int] = {}
            problems: list[Problem] = []
            _walk(node, (), lines, problems=problems, file=file)
            return YamlDocument(file, loader.construct_document(node), lines, tuple(problems))
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2024-13-45
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return _unread(file, mark.line + 1 if mark else None, f"expected valid YAML: {what}.")
    except (AttributeError, LookupError, TypeError, ArithmeticError):  # PyYAML's own, for "!!bool x" and the like
        what = "expected valid YAML: a value is not of the kind that its tag (!!…) says. Leave tags out."
        return _unread(file, None, what)


def plain_value(path: Path) -> Any:  # noqa: ANN401 - whatever stands there; a model checks it
    """What a YAML file holds; None where it is empty.

    Raises:
        PackError: it is no YAML of plain values; `problems` say where and why.
    """
    document = read_yaml(path)
    if document.problems and document.problems[0].message != _EMPTY:
        raise PackError(document.problems)
    return document.value


def _not_plain(text: str) -> tuple[int, str] | None:
    """Line of what makes a text more than plain values, and a message."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            return line, "expected plain values, got a YAML alias (*name). Write it out."
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return line, f"expected at most {DEEPEST} lists or keys inside each other, got deeper nesting."
    return None


def _unread(file: str, line: int | None, message: str) -> YamlDocument:
    return YamlDocument(file, problems=(Problem(file, line, message),))


def _walk(node: yaml.Node, place: Location, lines: dict[Location, int], *, problems: list[Problem], file: str) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            line = key.start_mark.line + 1
            if inner in lines:
                problems.append(Problem(file, line, f"'{key.value}' is given twice, first on line {lines[inner]}."))
            lines[inner] = line
            _walk(value, inner, lines, problems=problems, file=file)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            _walk(value, (*place, position), lines, problems=problems, file=file)


@lru_cache
def _adapter(model: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - models and dataclasses have no common type
    return TypeAdapter(model)


def read_entry(
    model: type[ValueT], raw: object, *, file: str, line_of: LineOf, name: str = ""
) -> PackEntry[ValueT] | list[Problem]:
    """Validate one entry as a pydantic model or dataclass; what is wrong with it comes back as problems."""
    try:
        return PackEntry(_adapter(model).validate_python(raw), file, line_of)  # type: ignore[arg-type]
    except ValidationError as error:
        return [
            Problem(file, line_of(tuple(detail["loc"])), _message(dict(detail), model, name))
            for detail in error.errors(include_url=False)
        ]


def read_list(
    model: type[ValueT], document: YamlDocument, *, at: Location, problems: list[Problem]
) -> list[PackEntry[ValueT]]:
    """Validate the list that stands at a place of a YAML document; invalid entries become problems."""
    raw = document.value
    for key in at:
        raw = raw[key]
    name = str(at[-1]) if at else "file"
    if not isinstance(raw, list):
        problems.append(document.problem(at, f"{name}: expected a list of entries (lines with '- '), got {raw!r}."))
        return []
    read = [
        read_entry(
            model, item, file=document.file, line_of=_inside(document, (*at, number)), name=f"{name}[{number + 1}]"
        )
        for number, item in enumerate(raw)
    ]
    return valid_entries(read, problems)


def _inside(document: YamlDocument, place: Location) -> LineOf:
    return lambda inner: document.line((*place, *inner))


def valid_entries(
    read: Iterable[PackEntry[ValueT] | list[Problem]], problems: list[Problem]
) -> list[PackEntry[ValueT]]:
    """The valid ones; what is wrong with the others is added to the problems."""
    entries = []
    for one in read:
        if isinstance(one, PackEntry):
            entries.append(one)
        else:
            problems.extend(one)
    return entries


def read_table(model: type[ValueT], path: Path, problems: list[Problem]) -> list[PackEntry[ValueT]]:
    """Validate a CSV file row by row; invalid rows become problems."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(path.name, None, f"expected UTF-8 text, got {error.reason}. Save the file as UTF-8."))
        return []
    reader = csv.DictReader(io.StringIO(text))
    required = {name for name, field in _fields(model).items() if field.is_required()}
    if missing := sorted(required - set(reader.fieldnames or ())):
        message = f"expected the columns {sorted(required)}, missing {missing}. Put them into the first line."
        problems.append(Problem(path.name, 1, message))
        return []
    return valid_entries(
        (read_entry(model, _filled(row), file=path.name, line_of=_always(reader.line_num)) for row in reader), problems
    )


def _filled(row: Mapping[str | None, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in row.items() if value not in ("", None)}


def _always(line: int) -> LineOf:
    return lambda _inner: line


def _message(detail: Mapping[str, Any], model: type, name: str) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    where = f"{name}.{place}" if name and place else name or place
    if detail["type"] == "missing":
        return f"{where}: expected a value, there is none."
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{where}: unknown key.{suggest(str(detail['loc'][-1]), keys_of(model))}"
    text = detail["msg"].removeprefix("Input should ").removeprefix("Value ")
    if "pattern" in text:
        text = "match letters, digits, '-' and '_'" if "z" in text else "be three capital letters"
    return f"{where}: should {text}, got {detail['input']!r}."


def keys_of(model: type) -> list[str]:
    """How the fields of a pydantic model or dataclass are called in text."""
    aliases = [(field.validation_alias or name) for name, field in _fields(model).items()]
    return [str(key) for alias in aliases for key in getattr(alias, "choices", [alias])]


def _fields(model: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as above
    return model.__pydantic_fields__


def suggest(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean '…'?`, or the known names where none is near and there are few."""
    names = list(known)
    best = process.extractOne(wrong, names, score_cutoff=70)
    if best:
        return f" Did you mean '{best[0]}'?"
    return f" Known: {', '.join(names)}." if 0 < len(names) <= 12 else ""
