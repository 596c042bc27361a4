"""What a release rests on: the list of its libraries, their licences, the lock's origin, and what is known of them."""

import hashlib
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pipelines.jobs import doctor
from tests.tools import run_tool

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")
# Licences that somebody has looked at; a new one is looked at first.
KNOWN = r"MIT|BSD|Apache|PSF|Python Software|ISC|MPL|Mozilla|LGPL|Zlib|0BSD|CC0|Unlicense|Dual License|HPND|Zope"


def script(name: str) -> ModuleType:
    """A file of deploy/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "deploy" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


SBOM = script("sbom")


@pytest.mark.asvs("V15.1.2")
def test_every_locked_library_stands_in_the_list_with_its_hashes() -> None:
    listed = {(c["name"], c["version"]): [h["content"] for h in c["hashes"]] for c in SBOM.bill()["components"]}
    names = re.findall(r"^([\w.-]+)==(\S+)", LOCK, flags=re.MULTILINE)
    assert {(re.sub(r"[-_.]+", "-", n).lower(), v) for n, v in names} == set(listed)
    assert sorted(h for hashes in listed.values() for h in hashes) == sorted(re.findall("sha256:([0-9a-f]{64})", LOCK))


def test_list_has_what_the_format_asks_for() -> None:
    made = SBOM.bill()
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    refs = [c["bom-ref"] for c in [made["metadata"]["component"], *made["components"]]]
    assert len(refs) == len(set(refs))
    assert {r for d in made["dependencies"] for r in [d["ref"], *d["dependsOn"]]} <= set(refs)
    scopes = {c["name"]: c["scope"] for c in made["components"]}
    assert (scopes["streamlit"], scopes["uvicorn"], scopes["pytest"]) == ("required", "required", "excluded")
    assert made == SBOM.bill()


def test_a_validator_of_the_format_finds_no_fault(tmp_path: Path) -> None:
    (path,) = [p for p in SBOM.main(tmp_path) if p.suffix == ".json"]
    code = (
        "import sys, pathlib\nfrom cyclonedx.schema import SchemaVersion\n"
        "from cyclonedx.validation.json import JsonStrictValidator\n"
        "print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(pathlib.Path(sys.argv[1]).read_text('utf-8')))"
    )
    assert run_tool("cyclonedx", code, str(path)) == "None\n"


def test_every_library_that_runs_says_a_licence_that_we_know() -> None:
    runs = [c["name"] for c in SBOM.bill()["components"] if c["scope"] == "required"]
    said = {name: str(SBOM.licence_of(name)) for name in runs}
    assert {name: licence for name, licence in said.items() if not re.search(KNOWN, licence)} == {}


def test_lock_is_the_one_whose_origin_is_told() -> None:
    kept = json.loads((ROOT / "requirements" / "origin.json").read_text(encoding="utf-8"))
    assert kept == script("lock_origin").origin(kept["made_on"])
    assert kept["sha256"]["lock.txt"] == hashlib.sha256(LOCK.encode()).hexdigest()


def test_what_is_installed_is_what_is_locked() -> None:
    assert doctor.check_libraries().state == "ok"


def test_known_weaknesses_are_told_and_silence_is_no_answer() -> None:
    told = script("weaknesses").told
    weak = {"id": "PYSEC-1", "fix_versions": ["1.2"]}
    silent = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited: b (1)"}
    assert told({})[0] == told({"dependencies": [silent]})[0] == 0
    assert "not looked at" in told({"dependencies": [silent]})[1][0]
    code, lines = told({"dependencies": [{"name": "a", "version": "1", "vulns": [weak]}, silent]})
    assert (code, lines[0]) == (1, "a 1: PYSEC-1, mended in 1.2")
    assert told({"dependencies": [{"name": "a", "version": "1", "vulns": []}]})[0] == 0
