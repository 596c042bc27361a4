"""The house's rules that import-linter can't hold: one meaning a name, small files, rooms that say what they are."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geo", "forecasting", "pipelines", "records", "dashboards", "routecast")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
DOORS = {"__init__.py", "app.py", "gate.py"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60  # lines, a function's without its docstring
DOCUMENTS = ("ARCHITECTURE.md", "README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")))
NAMED = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?)`")  # a path in a document


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_a_class_name_means_one_thing_in_the_house() -> None:
    places = defaultdict(list)
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_nothing_lies_flat_but_the_door() -> None:
    flat = {p.name for package in ("pipelines", "dashboards") for p in (ROOT / package).glob("*.py")}
    assert flat <= DOORS


def test_no_file_and_no_function_is_longer_than_the_house_allows() -> None:
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    functions = {
        f"{path.relative_to(ROOT).as_posix()}:{node.name}": body_lines(node)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > LONGEST_FUNCTION
    }
    assert ({name: n for name, n in lines.items() if n > LONGEST_FILE}, functions) == ({}, {})


def unsaid(node: ast.AST) -> list[str]:
    """Public functions in a tree, nested ones too, that don't say what they do."""
    functions = (n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f.name for f in functions if not f.name.startswith("_") and ast.get_docstring(f) is None]


def test_every_public_function_says_what_it_does_also_inside_another() -> None:
    assert unsaid(ast.parse("def a():\n    'Do.'\n    def b(): ...\n    def _c(): ...")) == ["b"]
    assert {str(path): found for path in FILES if (found := unsaid(tree(path)))} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_says_in_a_line_what_it_is(package: str) -> None:
    rooms = {path.parent for path in FILES if path.is_relative_to(ROOT / package) and "versions" not in path.parts}
    silent = [
        room.relative_to(ROOT).as_posix()
        for room in sorted(rooms)
        if room.name != "migrations"
        and not ((room / "__init__.py").exists() and ast.get_docstring(tree(room / "__init__.py")))
    ]
    assert silent == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_is_there(document: str) -> None:
    named = set(NAMED.findall((ROOT / document).read_text(encoding="utf-8")))
    ours = {n for n in named if n.split("/")[0] in (*PACKAGES, "tests", "docs", "benchmarks")}
    assert sorted(n for n in ours if not (ROOT / n).exists()) == []
