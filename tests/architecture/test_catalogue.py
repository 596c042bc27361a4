"""Every sentence that a page shows stands in a catalogue (`texts.py`, `words.py`): other languages can follow."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
CATALOGUES = {
    "texts.py",
    "login_settings.py",  # like serve.py
    "texts_access.py",
    "texts_safeguards.py",
    "safeguard_documents.py",  # as the command line speaks
    "texts_help.py",
    "texts_quality.py",
    "texts_records.py",
    "words.py",
    "bands.py",
    "serve.py",
}  # serve.py speaks to whoever starts the server
OWN_CATALOGUE = {"briefing", "scenarios"}  # their sentences stand beside them
SCENARIO_FIGURES = re.compile("differences|displacement|scenario")  # drawn for the command line too
PAGES = sorted(
    p for p in DASHBOARDS.rglob("*.py")
    if p.name not in CATALOGUES and p.relative_to(DASHBOARDS).parts[0] not in OWN_CATALOGUE
    and not SCENARIO_FIGURES.search(p.stem)
)  # fmt: skip
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
    kinds = ast.Module | ast.FunctionDef | ast.ClassDef
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DASHBOARDS)))
def test_page_holds_no_sentence_of_its_own(page: Path) -> None:
    assert not sentences(page.read_text(encoding="utf-8"))


def test_a_sentence_in_a_page_would_be_found() -> None:
    assert sentences('"""Docstring of three words."""\nst.info("Nothing is known here.")\n') == [
        "Nothing is known here."
    ]
