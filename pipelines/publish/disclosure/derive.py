"""From an edition to what partners and the public may see of it: separate, immutable editions (design §4.5, §4.7).

Of the edition itself come the figures that may be shown. All that is computed is computed anew from these.
"""

import hashlib
import shutil
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.disclosure import DisclosureRules, ProfileRule
from geo.region.region import Region
from pipelines.compute.workers import Progress
from pipelines.editions.edition import MANIFEST, Edition, edition_order
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.masks import masked_forecast, masked_tables
from pipelines.publish.disclosure.nationalities import COLUMNS, FILE, grouped_nationalities
from pipelines.publish.disclosure.profile_view import ProfileView
from pipelines.publish.disclosure.protect import CountsByUnit, Protected, protect, unit_members
from pipelines.publish.disclosure.release_history import (
    COLUMNS as RELEASE_COLUMNS,
    NATIONALITIES,
    NATIONALITY_COLUMNS,
    NationalityReleases,
    earlier_histories,
    read_releases,
    released_rows,
    write_release,
)
from pipelines.publish.disclosure.released_figures import (
    ReleasedFigures,
    ReleasedForecaster,
    released_observations,
)
from pipelines.publish.edition.publish import Renderer, seal, staged, write_tables
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store
from pipelines.store.periods import shift

DERIVED = ("partner", "public")
# of the manifest only these leave the institution
KEPT = (
    *("edition", "region", "region_name", "freq", "pack_version", "purpose", "contact", "footnote", "countries"),
    *("indicators", "events", "origin_date", "as_of", "synthetic", "seed", "code_version"),
)
FACTS = ("cutoffs", "members", "compared_with", "edition_before")  # of what was made from the released figures
NONE = {"no_better": True, "regime_break": False} | dict.fromkeys(
    ("pressure_band", "threat", "vulnerability", "impact"), np.int8(-1)
)  # of units without a forecast
SUPPRESSED = (
    "Counts from 1 to {most} are withheld, and with them others from which they could be worked out; no withheld count "
    "can be bounded more narrowly than {width}."
)
MADE_OF = (
    "Forecasts, risk and scores are made from the figures shown; of a place most of whose last year is withheld there "
    "is none."
)
MEANS = "Observed counts are means of {n} periods in a row."


def derive(
    edition: Edition,
    store: Store,
    region: Region,
    *,
    forecast: ReleasedForecaster,
    render: Renderer,
    progress: Progress = lambda *_: None,
) -> dict[str, Edition]:
    """Make the partner and the public edition of an edition; those that are there already stay as they are.

    Args:
        edition: An edition as published.
        store: Where to; what earlier ones showed is read there too.
        region: The pack, for its rules.
        forecast: Makes forecasts, risk and scores from the figures that partners see.
        render: Makes the briefing's files from a staged edition.
        progress: Told of every indicator and every derived edition.

    Returns:
        Profile → the derived edition.

    Raises:
        EditionError: the edition, or one that was derived of it, is damaged.
    """
    folders = {p: store.profiles(p, edition.region_id) / edition.id for p in DERIVED}
    edition.require_intact()
    there = {p: Edition(f).require_intact() for p, f in folders.items() if f.is_dir()}
    if len(there) == len(folders):
        return there
    for left in (left for folder in folders.values() for left in folder.parent.glob(".staging-*")):
        shutil.rmtree(left, ignore_errors=True)  # of killed approvals: the lock is held
    partner, known = _protected(edition, store, region.disclosure, progress)
    indicators = [str(i) for i in edition.forecast["indicator"].to_numpy()]
    thresholds = {i: region.disclosure.threshold_of(i) for i in indicators}
    observations = released_observations(edition, partner, thresholds)
    released = ReleasedFigures(edition.manifest, observations, _seen_before(store, edition))
    told = forecast(released, progress)
    on_axes = _on_axes_of(edition.forecast, told.forecast)
    exact = np.isfinite(partner) & (partner == known)
    for number, (profile, folder) in enumerate(folders.items()):
        progress("derived editions", number, len(folders))
        rule = region.disclosure.partner if profile == "partner" else region.disclosure.public
        view = ProfileView(rule, on_axes, partner, exact, np.isfinite(known))
        if not folder.is_dir():
            tables = masked_tables(told.tables, view)
            if profile == "partner":
                tables[FILE] = _nationalities(edition, view, store, region)
            with staged(folder) as staging:
                masked_forecast(view).to_zarr(staging / "forecast.zarr", mode="w", consolidated=False, zarr_format=2)
                write_tables(tables, staging)
                write_atomically(staging / "quality.json", json_bytes(_quality(edition, view)))
                manifest = _manifest(edition, region, profile=profile, rule=rule)
                seal(staging, {**manifest, **{key: told.facts[key] for key in FACTS}}, render)
    progress("derived editions", len(folders), len(folders))
    return {p: Edition(f) for p, f in folders.items()}


def _on_axes_of(source: xr.Dataset, told: xr.Dataset) -> xr.Dataset:
    """The forecasts on the edition's indicators, units and periods, with its units' names."""
    axes = {d: source[d] for d in ("indicator", "unit", "time")}
    named = {str(n): c for n, c in source.coords.items() if c.dims == ("unit",)}
    return told.reindex(axes, fill_value={n: v for n, v in NONE.items() if n in told}).assign_coords(named)


def _seen_before(store: Store, edition: Edition) -> Edition | None:
    """The newest edition of an earlier period that partners were given."""
    folder = store.profiles("partner", edition.region_id)
    given = [Edition(f) for f in folder.glob("[!.]*") if (f / MANIFEST).is_file()]
    own = str(edition.manifest["origin_date"])
    earlier = [e for e in given if str(e.manifest["origin_date"]) < own]
    newest = max(earlier, key=lambda e: edition_order(e.id), default=None)
    return newest and newest.require_intact()


def grid_of(edition: Edition, indicator: str, levels: frozenset[str]) -> CountsByUnit:
    """An indicator's counts on all units, and how they add up."""
    forecast = edition.forecast
    history = forecast["history"].sel(indicator=indicator, nationality=TOTAL).transpose("unit", "time").to_numpy()
    members, finest = unit_members(forecast["unit"].to_numpy(), edition.cube)
    return CountsByUnit(history, members, finest, np.isin(forecast["level"].to_numpy(), list(levels)))


def _protected(
    edition: Edition, store: Store, rules: DisclosureRules, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Histories as partners see them, remembered, and as they are, both (indicator, unit, time)."""
    forecast = edition.forecast
    folder = store.shown(edition.region_id)
    releases = read_releases(folder, RELEASE_COLUMNS)
    units, times = list(forecast["unit"].to_numpy()), pd.DatetimeIndex(forecast["time"].to_numpy())
    levels = frozenset((*rules.partner.levels, *rules.public.levels))
    results: dict[str, Protected] = {}
    indicators = [str(i) for i in forecast["indicator"].to_numpy()]
    for number, indicator in enumerate(indicators):
        progress("indicators protected", number, len(indicators))
        earlier = earlier_histories(releases, indicator, units, times)
        grid, threshold = grid_of(edition, indicator, levels), rules.threshold_of(indicator)
        results[indicator] = protect(grid, rules, threshold=threshold, earlier=earlier)
    progress("indicators protected", len(indicators), len(indicators))
    rows = [released_rows(protected, indicator, units, times) for indicator, protected in results.items()]
    write_release(folder, edition.id, pd.concat(rows, ignore_index=True))
    partner = np.stack([r.history for r in results.values()])
    history = forecast["history"].sel(nationality=TOTAL).transpose("indicator", "unit", "time").to_numpy()
    return partner, history


def _nationalities(edition: Edition, view: ProfileView, store: Store, region: Region) -> pd.DataFrame:
    """The table of nationality groups; remembered before anybody sees it."""
    folder = store.shown(edition.region_id) / NATIONALITIES
    releases = NationalityReleases(read_releases(folder, NATIONALITY_COLUMNS), region.freq)
    stocks = frozenset(i.id for i in region.indicators.values() if i.kind == "stock")
    table = grouped_nationalities(edition.cube, view, region.disclosure, releases, stocks=stocks)
    write_release(folder, edition.id, table[list(NATIONALITY_COLUMNS)])
    return table[list(COLUMNS)]


def _manifest(edition: Edition, region: Region, *, profile: str, rule: ProfileRule) -> dict[str, Any]:
    """The manifest of a derived edition, without its files."""
    source = edition.manifest
    rules = region.disclosure
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
    # no checksum of what lies inside: with it a guess of all withheld counts could be told to be right
    derived_from = {"edition": edition.id}
    mark = hashlib.sha256(json_bytes({"from": derived_from, "profile": profile, "disclosure": stated})).hexdigest()
    return {
        **{key: source[key] for key in KEPT if key in source},
        "conservation": [],
        "failures": [],
        "inputs": [{"source": s} for s in sorted({str(i["source"]) for i in source["inputs"]})],
        "profile": profile,
        "derived_from": derived_from,
        "disclosure": stated,
        "available_from": f"{shift(last, rule.delay_periods + 1, region.freq):%Y-%m-%d}",
        "fingerprint": mark,
    }


def disclosure_note(rules: DisclosureRules, rule: ProfileRule) -> str:
    """What readers must be told of the counts."""
    note = f"{SUPPRESSED.format(most=rules.threshold - 1, width=rules.protection_width)} {MADE_OF}"
    return note if rule.mean_of_periods == 1 else f"{note} {MEANS.format(n=rule.mean_of_periods)}"


def _quality(edition: Edition, view: ProfileView) -> dict[str, Any]:
    """`quality.json` for a profile: sources and coverage, no counts.

    The account of every count stays behind: a sum over all periods would give the last withheld one away.
    """
    report = edition.quality
    segments = report["segments"] if "segment" in view.rule.levels else []
    return {"sources": report["sources"], "segments": segments, "nowcast_sources": report["nowcast_sources"]}


def count_withheld(edition: Edition) -> tuple[int, int]:
    """How many observed counts a derived edition shows and withholds, over indicators, units and periods."""
    forecast = edition.forecast
    return int(np.isfinite(forecast["history"]).sum()), int(forecast["withheld"].sum())
