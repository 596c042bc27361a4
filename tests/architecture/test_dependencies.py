"""What is installed: one lock with hashes and no addresses, and a conda environment that agrees with it."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"matplotlib-base": "matplotlib"}  # conda-forge's name → PyPI's
LOCKS = ("lock.txt", "bootstrap.txt")


def pyproject() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "run": project["dependencies"],
        "dev": project["optional-dependencies"]["dev"],
        "python": [project["requires-python"]],
    }


def plain(requirement: str) -> str:
    """Name and version bound, without extras and blanks; conda's dask holds all its extras."""
    return re.sub(r"\[.*?\]|\s", "", requirement)


def conda() -> tuple[set[str], str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(e["pip"] for e in entries if isinstance(e, dict))
    names = [CONDA_NAMES.get(str(e), str(e)) for e in entries if not isinstance(e, dict)]
    python = next(n for n in names if n.startswith("python>"))
    return {plain(n) for n in [*names, *from_pip] if n not in ("pip", python)}, python


def test_environment_agrees_with_pyproject() -> None:
    names, python = conda()
    assert names == {plain(r) for r in pyproject()["run"]}
    assert python == f"python{pyproject()['python'][0]}"


def test_lock_holds_every_direct_dependency() -> None:
    lock = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")
    locked = {name.lower() for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, flags=re.MULTILINE)}
    wanted = {re.split(r"[<>=]", plain(r))[0].lower() for r in pyproject()["run"] + pyproject()["dev"]}
    assert wanted <= locked


def test_every_locked_version_has_a_hash() -> None:
    for name in LOCKS:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
        entries = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
        assert entries
        assert [e for e in entries if "--hash=sha256:" not in e] == []


def test_locks_hold_no_address() -> None:
    for name in LOCKS:
        assert "://" not in (ROOT / "requirements" / name).read_text(encoding="utf-8")
