"""What must go with every file of an edition's figures."""

import re
from collections.abc import Mapping
from typing import Any

from dashboards.wording import formats as words, pages as texts
from dashboards.wording.access import PURPOSE
from pipelines.editions.edition import Edition


def notes_of(edition: Edition, mark: str = "") -> list[str]:
    """Edition, who took it and of which profile, the mark of synthetic figures, purpose, caveat, units, footnote.

    Args:
        edition: Whose figures they are.
        mark: The line of what is taken along: profile, user, time.
    """
    manifest = edition.manifest
    found = [
        texts.FROM_EDITION.format(edition=edition.id, region=manifest["region_name"], as_of=manifest["as_of"]),
        mark,
        texts.SYNTHETIC if manifest.get("synthetic") else "",
        PURPOSE.format(purpose=purpose_of(manifest)),
        texts.DETECTIONS,
        units_of(manifest),
        str(manifest.get("footnote") or ""),
    ]
    return [note for note in found if note]


def purpose_of(manifest: Mapping[str, Any]) -> str:
    """What an edition is for, as its region's pack states it."""
    return str(manifest["purpose"]).strip()


def units_of(manifest: Mapping[str, Any]) -> str:
    """What is counted, of each indicator, in a sentence."""
    step, known = words.period_word(str(manifest["freq"])), manifest["indicators"].items()
    units = "; ".join(
        f"{i} – {words.starred(str(named['name']))}, {named.get('unit') or 'counts'}" for i, named in known
    )
    return texts.UNITS.format(step=step, units=units)


def file_stem(name: str) -> str:
    """How the name of a scenario's file begins.

    >>> file_stem("Hungary closes: 90 %!")
    'hungary-closes-90'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "scenario"
