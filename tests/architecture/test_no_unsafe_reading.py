"""Nothing that is shipped reads a format which can run code, or unpacks an archive into folders."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("geo", "forecasting", "pipelines", "records", "dashboards", "routecast")
UNSAFE = re.compile(
    r"import (pickle|marshal|shelve|dill|cloudpickle)\b|read_pickle|to_pickle|allow_pickle=True|extractall\(|"
    r"shell=True|yaml\.(load|unsafe_load|full_load)\(|(?<![.\w])(eval|exec)\("
)


@pytest.mark.asvs("V1.3.2")
@pytest.mark.parametrize("package", SHIPPED)
def test_package_reads_nothing_that_could_run(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / package).rglob("*.py")
        for match in UNSAFE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_tables_leave_by_one_writer_that_lets_no_formula_out() -> None:
    own = {Path("pipelines/publish/export/spreadsheets.py"), Path("pipelines/sample/files.py")}  # the sample goes in
    paths = (path for package in SHIPPED for path in (ROOT / package).rglob("*.py"))
    found = {path.relative_to(ROOT) for path in paths if ".to_csv(" in path.read_text(encoding="utf-8")}
    assert found == own


@pytest.mark.parametrize("line", ["import pickle", "yaml.load(text)", "np.load(f, allow_pickle=True)", "eval(x)"])
def test_unsafe_reading_would_be_found(line: str) -> None:
    assert UNSAFE.search(line)
