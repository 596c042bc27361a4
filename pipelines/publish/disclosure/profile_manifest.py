"""What a derived edition says of itself and of its data: only what is named here leaves the institution."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geo.region.disclosure import DisclosureRules, ProfileRule
from geo.region.region import Region
from pipelines.editions.edition import MANIFEST, Edition
from pipelines.publish.disclosure.profile_view import View
from pipelines.store.atomic import json_bytes
from pipelines.store.checksums import checksum
from pipelines.store.periods import shift

KEPT = (
    "edition",
    "region",
    "region_name",
    "freq",
    "pack_version",
    "purpose",
    "footnote",
    "countries",
    "indicators",
    "events",
    "routes",
    "origin_date",
    "as_of",
    "synthetic",
    "seed",
    "code_version",
    "compared_with",
    "edition_before",
    "cutoffs",
    "members",
)
SUPPRESSED = (
    "Counts from 1 to {most} are withheld, and with them others from which they could be worked out; no withheld count "
    "can be bounded more narrowly than {width}."
)
MEANS = "Observed counts are means of {n} periods in a row."


def profile_manifest(edition: Edition, region: Region, *, profile: str, rule: ProfileRule) -> dict[str, Any]:
    """The manifest of a derived edition, without its files."""
    source = edition.manifest
    rules = region.disclosure
    derived_from = {"edition": edition.id, "manifest_sha256": checksum(edition.folder / MANIFEST)}
    stated = {
        "method": "suppress",
        "threshold": rules.threshold,
        "indicator_thresholds": {name: one.threshold for name, one in rules.indicators.items()},
        "protection_width": rules.protection_width,
        "show_zero": rules.show_zero,
        "levels": list(rule.levels),
        "mean_of_periods": rule.mean_of_periods,
        "note": disclosure_note(rules, rule),
    }
    last = pd.Timestamp(source["origin_date"])
    mark = hashlib.sha256(json_bytes({"from": derived_from, "profile": profile, "disclosure": stated})).hexdigest()
    return {
        **{key: source[key] for key in KEPT if key in source},
        "conservation": [],
        "failures": [],
        "inputs": [{"source": s} for s in sorted({str(i["source"]) for i in source.get("inputs") or []})],
        "profile": profile,
        "derived_from": derived_from,
        "disclosure": stated,
        "available_from": f"{shift(last, rule.delay_periods + 1, region.freq):%Y-%m-%d}",
        "fingerprint": mark,
    }


def disclosure_note(rules: DisclosureRules, rule: ProfileRule) -> str:
    """What readers must be told of the counts."""
    note = SUPPRESSED.format(most=rules.threshold - 1, width=rules.protection_width)
    return note if rule.mean_of_periods == 1 else f"{note} {MEANS.format(n=rule.mean_of_periods)}"


def profile_quality(quality: Mapping[str, Any], view: View) -> dict[str, Any]:
    """`quality.json` for a profile: sources and coverage, no counts.

    The account of every count stays behind: a sum over all periods would give the last withheld one away.
    """
    segments = [s for s in quality.get("segments") or [] if "segment" in view.rule.levels]
    return {
        "sources": list(quality.get("sources") or []),
        "segments": segments,
        "nowcast_sources": list(quality.get("nowcast_sources") or []),
    }
