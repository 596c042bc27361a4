"""The manifest: what an edition is, what it rests on, and what its readers must be told."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.region.region import KOSOVO_FOOTNOTE, Region
from pipelines.store.atomic import json_bytes


def pack_checksum(region: Region) -> str:
    """Digest of the region pack's files; a pack that changes under the same version is a changed input."""
    digest = hashlib.sha256()
    if region.folder is not None:
        for path in sorted(p for p in Path(region.folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            digest.update(str(path.relative_to(region.folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint(parts: Mapping[str, Any]) -> str:
    """Digest of everything that decides an edition's bytes: inputs, settings, seed, pack, code and libraries."""
    return hashlib.sha256(json_bytes(dict(parts))).hexdigest()


def region_part(region: Region) -> dict[str, Any]:
    """What the manifest says of the region."""
    return {
        "region": region.id,
        "region_name": region.name,
        "freq": region.freq,
        "pack_version": region.pack_version,
        "purpose": region.purpose,
        "footnote": region.footnote or (KOSOVO_FOOTNOTE if _names_kosovo(region) else None),
        "countries": dict(region.countries),
        "indicators": {
            i.id: {"name": i.name, "unit": i.unit, "kind": i.kind, "delay_days": i.delay_days}
            for i in region.indicators.values()
        },
        "events": [
            {
                "id": e.id,
                "name": e.name,
                "start": e.start.isoformat(),
                "end": e.end.isoformat() if e.end else None,
                "segments": list(e.segments),
                "routes": list(e.routes),
            }
            for e in region.events
        ],
    }


def _names_kosovo(region: Region) -> bool:
    named = [region.name, *region.countries, *(s.name for s in region.segments), *(s.border for s in region.segments)]
    return any("XKX" in name or "Kosovo" in name for name in named)
