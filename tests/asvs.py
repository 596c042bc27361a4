"""docs/asvs.md from `asvs.yaml` and the marks at the tests: `python -m tests.asvs` writes it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "asvs.md"
TABLE = Path(__file__).with_suffix(".yaml")
MARK = "pytest.mark.asvs"
HEAD = """# ASVS 5.0.0, levels 1 and 2

Where Routecast stands with OWASP's Application Security Verification Standard, requirement by requirement, by its
number there. Made by `make asvs` from the marks at the tests (`@pytest.mark.asvs`) and `tests/asvs.yaml`; a test fails
where it is out of date, or where a requirement has no place. Judged by those who built it, not by an assessor.

"""


def table() -> dict[str, Any]:
    """What stands in the file: levels, met, not_applicable, not_met."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def required(levels: dict[str, int]) -> dict[str, int]:
    """Number → level of every requirement of levels 1 and 2."""
    every = {f"{s}.{n}": int(level) for s, all_of in levels.items() for n, level in enumerate(str(all_of), 1)}
    return {number: level for number, level in every.items() if level <= 2}


def spread(entries: list[list[str]]) -> Iterator[tuple[str, list[str]]]:
    """Each number of an entry, also of `V6.2.1-12`, with what is said of it."""
    for named, *said in entries:
        section, first, last = re.fullmatch(r"(V\d+\.\d+)\.(\d+)(?:-(\d+))?", named).groups()  # type: ignore[union-attr]
        for n in range(int(first), int(last or first) + 1):
            yield f"{section}.{n}", said


def marked() -> dict[str, list[str]]:
    """Number → tests that show it, `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if MARK not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK:
                    for number in (ast.literal_eval(a) for a in mark.args):
                        found.setdefault(number, []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def page() -> str:
    """The page as it should be."""
    kept, tests = table(), marked()
    met, not_applicable, not_met = (dict(spread(kept[k])) for k in ("met", "not_applicable", "not_met"))
    rows = []
    counts = dict.fromkeys(("test", "met", "not applicable", "not met"), 0)
    for number, level in required(kept["levels"]).items():
        if number in tests:
            state, said = "test", "<br>".join(f"`{t.removeprefix('tests/')}`" for t in tests[number])
        elif number in met:
            state, said = "met", "{} (`{}`)".format(*met[number])
        elif number in not_applicable:
            state, said = "not applicable", not_applicable[number][0]
        else:
            state, said = "not met", not_met[number][0]
        counts[state] += 1
        rows.append(f"| {number} | {level} | {'**not met**' if state == 'not met' else state} | {said} |\n")
    total = ", ".join(f"{n} {state}" for state, n in counts.items())
    columns = "| number | level | | test, or why |\n| --- | --- | --- | --- |\n"
    return f"{HEAD}{sum(counts.values())} requirements: {total}.\n\n{columns}{''.join(rows)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
