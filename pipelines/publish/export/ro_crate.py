"""What an exported folder says of itself to machines: an RO-Crate 1.1 (https://w3id.org/ro/crate/1.1)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.editions.edition import Edition
from pipelines.ingest.sources.registry import SOURCES
from pipelines.store.checksums import checksum
from records.decisions import EditionEvent

CRATE = "ro-crate-metadata.json"
_CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
_MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".yml": "application/yaml",
    ".parquet": "application/vnd.apache.parquet",
    ".gpkg": "application/geopackage+sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def crate_of(
    edition: Edition, folder: Path, *, notes: Sequence[str], approved: EditionEvent | None = None
) -> dict[str, Any]:
    """The metadata of an export: what it is, from what it was made and by what, who approved it, under which licences.

    Args:
        edition: What was exported.
        folder: Where all its files lie by now.
        notes: Title and caveats, as they lead the `README.md`.
        approved: Who approved the edition, where that may be told.
    """
    manifest = edition.manifest
    files = [_file(path, folder) for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != CRATE)]
    given = manifest.get("inputs", ())
    inputs = [_input(one) for one in given]
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": notes[0],
        "description": " ".join(notes[1:]),
        "identifier": f"{edition.region_id}/{edition.id}",
        "datePublished": manifest["as_of"],
        "license": {"@id": "#licences"},
        "hasPart": _ids(files),
        "isBasedOn": _ids(inputs),
        "usageInfo": manifest.get("purpose") or "",
    }
    program = {"@id": "#routecast", "@type": "SoftwareApplication", "name": "Routecast"}
    program |= {"softwareVersion": manifest.get("code_version", "")}
    made: dict[str, Any] = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "Forecast and published",
        "instrument": {"@id": "#routecast"},
    }
    made |= {"object": _ids(inputs), "result": {"@id": "./"}}
    told: dict[str, Any] = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    told |= {"about": {"@id": "./"}}
    return {
        "@context": _CONTEXT,
        "@graph": [told, root, *files, *inputs, _licences(given), program, made, *_approval(approved)],
    }


def _file(path: Path, folder: Path) -> dict[str, Any]:
    entity = {"@id": path.relative_to(folder).as_posix(), "@type": "File", "contentSize": str(path.stat().st_size)}
    return {**entity, "encodingFormat": _MEDIA.get(path.suffix, "application/octet-stream"), "sha256": checksum(path)}


def _input(given: dict[str, str]) -> dict[str, Any]:
    """A delivery that the edition rests on: known by its checksum, and no part of the crate."""
    about = {"@id": f"#sha256-{given['sha256']}", "@type": "CreativeWork", "name": given["file"]}
    return {**about, "sha256": given["sha256"], "creditText": given["source"]}


def _licences(inputs: Sequence[dict[str, str]]) -> dict[str, Any]:
    known = {
        one["source"]: SOURCES[one["source"]].licence if one["source"] in SOURCES else "not stated" for one in inputs
    }
    text = "; ".join(f"{source}: {licence}" for source, licence in sorted(known.items()))
    return {"@id": "#licences", "@type": "CreativeWork", "name": "Licences of the sources", "description": text}


def _approval(event: EditionEvent | None) -> list[dict[str, Any]]:
    if event is None or event.kind != "approved":
        return []
    person = {"@id": "#approver", "@type": "Person", "name": event.user}
    action = {"@id": "#approval", "@type": "AcceptAction", "agent": {"@id": "#approver"}, "object": {"@id": "./"}}
    return [{**action, "endTime": event.at.isoformat(timespec="seconds"), "description": event.note}, person]


def _ids(entities: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """References to entities, each once."""
    return [{"@id": name} for name in dict.fromkeys(str(e["@id"]) for e in entities)]
