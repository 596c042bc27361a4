"""YAML with line numbers: a value plus the line on which each part of it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from geo.pack.problems import Problem

Location = tuple[int | str, ...]


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        return YamlDocument(
            path.name, problems=(Problem(path.name, None, f"expected UTF-8 text, got {error.reason}."),)
        )
    return read_yaml_text(text, file=path.name)


def read_yaml_text(text: str, *, file: str) -> YamlDocument:
    """The same from a text; `file` is what messages call it."""
    try:
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return YamlDocument(file, None, {}, (Problem(file, 1, "expected settings, the file is empty."),))
            lines: dict[Location, int] = {}
            problems: list[Problem] = []
            _walk(node, (), lines, problems=problems, file=file)
            return YamlDocument(file, loader.construct_document(node), lines, tuple(problems))
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2024-13-45
        return YamlDocument(file, problems=(_syntax_problem(file, error),))
    except (AttributeError, LookupError, TypeError, ArithmeticError):  # PyYAML's own, for "!!bool x" and the like
        what = "expected valid YAML: a value is not of the kind that its tag (!!…) says. Leave tags out."
        return YamlDocument(file, problems=(Problem(file, None, what),))


def _syntax_problem(file: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    return Problem(file, mark.line + 1 if mark else None, f"expected valid YAML: {what}.")


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
