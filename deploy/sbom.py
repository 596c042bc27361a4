"""What a release rests on: a CycloneDX 1.6 list of its libraries, and their licences. `make sbom` writes both.

Versions and hashes come from the lock, licences and who needs whom from what is installed beside this program.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "lock.txt"
_FREE_TEXT = 80  # characters; some distributions put the whole licence where its name belongs


def locked() -> list[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 of each library's files, as the lock has them; two versions where Pythons differ."""
    text = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^([\w.-]+)==(\S+)(.*)$", text, flags=re.MULTILINE)
    return [(canonicalize_name(n), v, sorted(re.findall(r"sha256:([0-9a-f]{64})", rest))) for n, v, rest in lines]


def needed(root: str, extras: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Library → those that it needs here; all that a library needs, and those need, and so on."""
    found: dict[str, list[str]] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(canonicalize_name(root), extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen or (there := _distribution(name)) is None:
            continue
        seen.add((name, wanted))
        asked = [Requirement(text) for text in there.requires or []]
        meant = [r for r in asked if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in {"", *wanted})]
        found[name] = sorted({*found.get(name, ()), *(canonicalize_name(r.name) for r in meant)})
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in meant]
    return found


def licence_of(name: str) -> str | None:
    """A library's licence as it says itself: an SPDX expression, a short name, or its classifiers."""
    there = _distribution(name)
    if there is None:
        return None
    said = there.metadata.get("License-Expression") or there.metadata.get("License") or ""
    if 0 < len(said) <= _FREE_TEXT and "\n" not in said.strip():
        return said.strip()
    classified = [c for c in there.metadata.get_all("Classifier") or [] if c.startswith("License :: ")]
    return ", ".join(c.rpartition(" :: ")[2] for c in classified) or None


def bill() -> dict[str, Any]:
    """The list as CycloneDX has it; the same lock and environment give the same bytes."""
    own, libraries = metadata.metadata("routecast"), locked()
    tree, refs = needed("routecast"), {name: _ref(name, version) for name, version, _ in libraries}
    refs |= {name: _ref(name, version) for name, version, _ in libraries if _version(name) == version}
    graph = {**needed("routecast", frozenset({"dev"})), **tree}
    root = {
        "type": "application",
        "bom-ref": _ref("routecast", own["Version"]),
        "name": "routecast",
        "version": own["Version"],
        "licenses": [{"expression": own["License-Expression"]}],
        "purl": _ref("routecast", own["Version"]),
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, LOCK.read_text(encoding='utf-8'))}",
        "version": 1,
        "metadata": {"component": root},
        "components": [_component(*library, runs=library[0] in tree) for library in libraries],
        "dependencies": [
            {
                "ref": root["bom-ref"] if name == "routecast" else refs[name],
                "dependsOn": sorted(refs[o] for o in others if o in refs),
            }
            for name, others in sorted(graph.items())
            if name == "routecast" or name in refs
        ],
    }


def licences() -> str:
    """The licences as a table, for people."""
    rows = [f"| {name} | {version} | {licence_of(name) or 'not installed here'} |\n" for name, version, _ in locked()]
    return "# Licences of the libraries\n\n| library | version | licence |\n| --- | --- | --- |\n" + "".join(rows)


def _component(name: str, version: str, hashes: list[str], *, runs: bool) -> dict[str, Any]:
    licence = licence_of(name)
    return {
        "type": "library",
        "bom-ref": _ref(name, version),
        "name": name,
        "version": version,
        "scope": "required" if runs else "excluded",  # for tests and checks, or for other systems
        "hashes": [{"alg": "SHA-256", "content": one} for one in hashes],
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
        "purl": _ref(name, version),
    }


def _ref(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version.replace('+', '%2B')}"


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _version(name: str) -> str | None:
    there = _distribution(name)
    return there.version if there else None


def main(folder: Path) -> Iterator[Path]:
    """Write both files; their paths."""
    version = metadata.version("routecast")
    text = json.dumps(bill(), indent=2, ensure_ascii=False) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((f"routecast-{version}.cdx.json", text), (f"routecast-{version}-licences.md", licences())):
        (folder / name).write_text(content, encoding="utf-8")
        yield folder / name


if __name__ == "__main__":
    for written in main(Path(sys.argv[1])):
        sys.stdout.write(f"{written}\n")
