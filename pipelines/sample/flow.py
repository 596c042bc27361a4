"""The latent flow: people enter, stay a while in each country, and move on along the route graph. Nobody counts it."""

from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.level import air_arrivals, entry_season
from pipelines.sample.noise import generator, monday, shift_path, wander
from pipelines.sample.shares import cell_shares


@dataclass(frozen=True)
class Flow:
    """Expected passages, before anyone detects them.

    Attributes:
        weeks: Mondays, warm-up and look-ahead included.
        passages: (cell, nationality, time), persons a week; cells as in the region.
    """

    weeks: pd.DatetimeIndex
    passages: np.ndarray


@dataclass(frozen=True)
class Landscape:
    """All that decides where people go, but not how many there are.

    Attributes:
        region: The pack.
        weeks: Mondays.
        shares: (cell, time): of those who leave a country (or enter the region), the share that takes this cell.
        entries: (cell, nationality, time): entries for a level of 1; zero on cells that are no entry.
        air: (nationality, time): arrivals by air into `settings.AIR_COUNTRY`, persons a week.
    """

    region: Region
    weeks: pd.DatetimeIndex
    shares: np.ndarray
    entries: np.ndarray
    air: np.ndarray


def make_landscape(region: Region, *, seed: int, last_week: str) -> Landscape:
    """Draw shares, seasons and the entries' shape.

    Raises:
        ValueError: the region has no cell from a country that no cell enters, so nobody could come in.
    """
    first = monday(settings.FIRST_WEEK) - pd.Timedelta(weeks=settings.WARM_UP_WEEKS)
    last = monday(last_week) + pd.Timedelta(weeks=settings.LOOK_AHEAD_WEEKS)
    weeks = pd.date_range(first, last, freq="7D")
    entered = {cell.to_country for cell in region.cells}
    is_entry = np.array([cell.from_country not in entered for cell in region.cells])
    if not is_entry.any():
        raise ValueError(f"sample: region '{region.id}' has no entry from outside. It is made for 'western_balkans'.")
    shares = cell_shares(region, weeks, entries=is_entry, rng=generator(seed, "shares"))
    mix = _nationality_mix(region, weeks, generator(seed, "origins"))
    season = entry_season(weeks, generator(seed, "season"))
    entries = np.where(is_entry[:, None], shares * season, 0.0)[:, None, :] * mix
    return Landscape(region, weeks, shares, entries, air_arrivals(weeks))


def move(landscape: Landscape, level: np.ndarray) -> Flow:
    """Send entries of a level (time) along the graph: who enters a country leaves it after the weeks of its transit."""
    region = landscape.region
    passages = landscape.entries * level
    arrivals: dict[str, np.ndarray] = {settings.AIR_COUNTRY: landscape.air.copy()}
    entry = passages.any(axis=(1, 2))
    for country in _downstream(region):
        inbound = [i for i, c in enumerate(region.cells) if c.to_country == country]
        arrived = passages[inbound].sum(axis=0) + arrivals.get(country, 0.0)
        leaving = _delayed(arrived, transit_weeks(region, country))
        for i, cell in enumerate(region.cells):
            if cell.from_country == country and not entry[i]:
                passages[i] = leaving * landscape.shares[i]
    return Flow(landscape.weeks, passages)


def transit_weeks(region: Region, country: str) -> int:
    """Weeks between entering and leaving a country: as the routes' edges say, else as the settings say."""
    into = {(c.route, c.segment) for c in region.cells if c.to_country == country}
    out = {(c.route, c.segment) for c in region.cells if c.from_country == country}
    lags = [e.lag for r in region.routes for e in r.edges if (r.id, e.source) in into and (r.id, e.target) in out]
    return round(np.median(lags)) if lags else settings.TRANSIT_WEEKS.get(country, settings.DEFAULT_TRANSIT_WEEKS)


def _downstream(region: Region) -> list[str]:
    """Countries in the order in which the flow passes them (a cycle can't be; graphlib refuses it)."""
    graph: dict[str, set[str]] = {}
    for cell in region.cells:
        graph.setdefault(cell.to_country, set()).add(cell.from_country)
    return [c for c in TopologicalSorter(graph).static_order() if c in graph]


def _delayed(arrived: np.ndarray, lag: int) -> np.ndarray:
    """Arrivals (nationality, time) spread over the weeks around `lag` (a gamma-like kernel of that mean)."""
    weeks = np.arange(3 * lag + 3)
    kernel = weeks * np.exp(-weeks * 2.0 / (lag + 0.2)) + (weeks == 0) * 0.02
    kernel /= kernel.sum()
    return np.apply_along_axis(lambda row: np.convolve(row, kernel)[: len(row)], -1, arrived)


def _nationality_mix(region: Region, weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Shares of the nationality groups (cell, nationality, time), drifting over the years, summing to 1."""
    base = np.array([settings.NATIONALITY_MIX.get(c.to_country, settings.EVEN_MIX) for c in region.cells])
    drift = wander(rng, (len(settings.NATIONALITIES), len(weeks)), sd=0.35, memory=0.985)
    mix = (base + 1e-4)[:, :, None] * np.exp(drift)
    result: np.ndarray = mix / mix.sum(axis=1, keepdims=True)
    return result


__all__ = ["Flow", "Landscape", "make_landscape", "move", "shift_path", "transit_weeks"]
