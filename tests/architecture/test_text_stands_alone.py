"""The project stands on its own: no path of the machine it was written on, no tool's lock with addresses."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_A_MACHINE = re.compile(r"(?<![\w.])/(work|home|tmp|root)/\w")
BINARY = {".png", ".parquet", ".geojson"}


def tracked_files() -> list[Path]:
    """Every file of the project, whether or not git is there to list them."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", ".git"} & set(p.relative_to(ROOT).parts)]


def test_no_text_names_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        if path.suffix not in BINARY and path != Path(__file__)
        for match in [OF_A_MACHINE.search(path.read_text(encoding="utf-8"))]
        if match
    ]
    assert found == []


def test_no_lock_file_with_addresses_is_kept() -> None:
    assert {p.name for p in tracked_files()}.isdisjoint({"uv.lock", "package-lock.json", "poetry.lock"})


def test_modules_are_small() -> None:
    sizes = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in tracked_files() if p.suffix == ".py"}
    assert {str(p.relative_to(ROOT)) for p, lines in sizes.items() if lines > 400} == set()
