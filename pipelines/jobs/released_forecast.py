"""What partners and the public are told, forecast from the figures that they may see: the main job's own steps."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from geo.region.region import Region
from geo.region.units import unit_table
from pipelines.compute.cluster import cluster
from pipelines.compute.workers import Progress, Workers
from pipelines.editions.edition import EditionError
from pipelines.forecasts.indicators import ForecastRequest, forecast_all
from pipelines.grid.block_figures import NOTHING_ADDED
from pipelines.grid.run_inputs import RunInputs, known_figures
from pipelines.grid.stored_figures import StoredFigures
from pipelines.ingest.partners.store import load_partners
from pipelines.jobs.run import (
    DEFAULT_HORIZON,
    RunSettings,
    compared_with,
    edition_of_period_before,
    edition_tables,
    forecast_facts,
    with_stated_inputs,
)
from pipelines.observations.schema import CONFIRMED_SCHEMA, QUARANTINE_SCHEMA, empty_observations
from pipelines.publish.disclosure.released_figures import ReleasedFigures, ReleasedForecast, ReleasedForecaster
from pipelines.publish.edition.tables import forecast_dataset, forecasts_tables
from pipelines.risk.bands import apply_band_rules
from pipelines.store.paths import Store


def released_forecaster(store: Store, region: Region, *, workers: int | None = None) -> ReleasedForecaster:
    """What `approve` asks for forecasts.

    Args:
        store: For the forecasts of partner institutions.
        region: The pack.
        workers: Local ones; by default one per core.
    """
    return partial(forecast_released, store=store, region=region, workers=workers)


def forecast_released(
    released: ReleasedFigures, progress: Progress, *, store: Store, region: Region, workers: int | None = None
) -> ReleasedForecast:
    """Forecast, score and assess as a run does, from released figures alone.

    Raises:
        EditionError: the pack is no longer the one that the edition was made with.
    """
    settings = _settings(released.manifest, region)
    region = settings.region
    nothing = StoredFigures(NOTHING_ADDED, empty_observations(), (), 0, 0)
    inputs = RunInputs(
        root=store.root,
        stored=nothing,
        others=released.observations,
        confirmed=CONFIRMED_SCHEMA.empty_table().to_pandas(date_as_object=False),
        quarantine=QUARANTINE_SCHEMA.empty_table().to_pandas(),
        corrections=(),
        partners=tuple(load_partners(store, region.id, as_of=settings.as_of)),
        files=(),
    )
    figures = known_figures(inputs, region, as_of=None, strict_vintages=False)
    origin_date = figures.origin_date
    if f"{origin_date:%Y-%m-%d}" != released.manifest["origin_date"]:
        raise EditionError(
            f"{released.manifest['edition']}: expected figures of its places up to {released.manifest['origin_date']}, "
            f"the pack '{region.id}' has a place for those up to {origin_date:%Y-%m-%d}. Approve it with the pack that "
            "it was made with, or run again."
        )
    request = ForecastRequest(settings.periods, settings.seed, settings.cutoffs, settings.step)
    with cluster(workers=workers) as client:
        forecasts = forecast_all(figures, inputs.partners, request, Workers(client, progress))
    before = edition_of_period_before(released.before, origin_date, region)
    results = [apply_band_rules(f, region, before) for f in forecasts]
    earlier, units = released.before, unit_table(region)
    exchanged = list(forecasts_tables(results, units, region, origin_date=origin_date))
    return ReleasedForecast(
        forecast_dataset(results, units, region, origin_date=origin_date),
        {
            **edition_tables(settings, results, origin_date, earlier=earlier),
            "forecasts": pd.concat(exchanged, ignore_index=True),
        },
        {
            **forecast_facts(results, results, region),
            "compared_with": compared_with(before, results, origin_date, region),
            "edition_before": earlier and {"id": earlier.id, "fingerprint": earlier.manifest["fingerprint"]},
        },
    )


def _settings(manifest: Mapping[str, Any], region: Region) -> RunSettings:
    """As the edition was made, but for nationalities: what is told of them has rules of its own."""
    told = manifest["settings"]
    return RunSettings(
        region=replace(with_stated_inputs(region, manifest.get("stated", {})), forecast_nationalities=(), budgets=()),
        horizon=told.get("horizon", DEFAULT_HORIZON[region.freq]),
        seed=int(manifest["seed"]),
        as_of=None if told.get("as_of") is None else pd.Timestamp(told["as_of"]).date(),
        cutoffs=int(told.get("cutoffs", RunSettings.cutoffs)),
        step=int(told.get("step", RunSettings.step)),
    )
