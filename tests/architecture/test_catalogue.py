"""Every sentence that a page shows stands in the room of wording: other languages can follow."""

import ast
import re
from pathlib import Path

import pytest

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
TERMINAL = {"server/serve.py", "server/login_settings.py", "briefing/model_card.py"}  # they speak to a command line
OWN_SENTENCES = ("wording/", "briefing/", "scenarios/", "components/scenarios/", "views/__init__.py")  # titles
STILL_PICTURES = re.compile("figures/.*(svg|displacement|scenario)")  # drawn for the command line too
PAGES = sorted(
    path
    for path in (p.relative_to(DASHBOARDS).as_posix() for p in DASHBOARDS.rglob("*.py"))
    if path not in TERMINAL and not path.startswith(OWN_SENTENCES) and not STILL_PICTURES.match(path)
)
SENTENCE = re.compile(r"[A-Za-zÀ-ž]{2,},? [a-zà-ž]{2,}[ .,:]")  # three words, or two and a full stop
MARKUP = re.compile(r"[{<]|sans-serif")  # style sheets, markup, fonts


def sentences(source: str) -> list[str]:
    """String constants that read like sentences; docstrings, messages of errors and names of keys are none."""
    tree = ast.parse(source)
    spared = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Subscript):
            spared |= {id(inner) for inner in ast.walk(node)}
    found = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in spared]
    return [text for text in found if isinstance(text, str) and SENTENCE.search(text) and not MARKUP.search(text)]


def _has_docstring(node: ast.AST) -> bool:
    kinds = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


@pytest.mark.parametrize("page", PAGES)
def test_page_holds_no_sentence_of_its_own(page: str) -> None:
    assert not sentences((DASHBOARDS / page).read_text(encoding="utf-8"))


def test_a_sentence_in_a_page_would_be_found() -> None:
    assert sentences('"""Docstring of three words."""\nst.info("Nothing is known here.")\n') == [
        "Nothing is known here."
    ]


WORDING = sorted((DASHBOARDS / "wording").glob("*.py"))
ROOMS = [DASHBOARDS, DASHBOARDS.parent / "routecast"]
READERS = {p: p.read_text(encoding="utf-8") for room in ROOMS for p in room.rglob("*.py")}


@pytest.mark.parametrize("file", WORDING, ids=lambda p: p.stem)
def test_every_sentence_is_read_somewhere(file: Path) -> None:
    tree = ast.parse(READERS[file])
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    named = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    others = "\n".join(text for path, text in READERS.items() if path != file)
    own = READERS[file]
    assert {n for n in named if len(re.findall(rf"\b{n}\b", own)) < 2 and not re.search(rf"\b{n}\b", others)} == set()
