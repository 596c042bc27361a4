"""The latent flow: people enter, stay a while in each country, and move on along the route graph. Nobody counts it.

Seeded randomness and smooth paths over the weeks come first; then which border and segment people take (shares that
drift, and shift when something changes), how many come, and where they pass when.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd

from geo.locate.crosswalk import shares_without_history
from geo.region.region import Region
from pipelines.sample import settings

_ROUNDS = 40  # of fitting the level


@dataclass(frozen=True)
class Landscape:
    """All that decides where people go, but not how many there are.

    Attributes:
        region: The pack.
        weeks: Mondays, warm-up and look-ahead included.
        shares: (cell, time): of those who leave a country (or enter the region), the share that takes this cell.
        entries: (cell, nationality, time): entries for a level of 1; zero on cells that are no entry.
        air: (nationality, time): arrivals by air into `settings.AIR_COUNTRY`, persons a week.
    """

    region: Region
    weeks: pd.DatetimeIndex
    shares: np.ndarray
    entries: np.ndarray
    air: np.ndarray


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Randomness of one purpose: more draws for one leave the others as they are."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(purpose.encode())]))


def monday(week: str) -> pd.Timestamp:
    """First day of an ISO week.

    >>> monday("2020-W01")
    Timestamp('2019-12-30 00:00:00')
    """
    year, number = week.split("-W")
    return pd.Timestamp.fromisocalendar(int(year), int(number), 1)


def make_landscape(region: Region, *, randomness: Callable[[str], np.random.Generator], last_week: str) -> Landscape:
    """Draw shares, seasons and the entries' shape.

    Args:
        region: The pack.
        randomness: A generator for each purpose, `partial(generator, seed)` for a seed.
        last_week: ISO week after which only the look-ahead follows.

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
    shares = _cell_shares(region, weeks, entries=is_entry, rng=randomness("shares"))
    mix = _nationality_mix(region, weeks, randomness("origins"))
    season = _entry_season(weeks, randomness("season"))
    entries = np.where(is_entry[:, None], shares * season, 0.0)[:, None, :] * mix
    height = settings.AIR_PEAK * _shift_path([settings.AIR], settings.AIR.target, weeks)  # the visa policy of 2022
    air = np.asarray(settings.NATIONALITY_MIX["air"])[:, None] * height
    return Landscape(region, weeks, shares, entries, air)


def passages(landscape: Landscape, level: np.ndarray) -> np.ndarray:
    """Expected passages (cell, nationality, time), persons a week, before anyone detects them.

    Entries of a level (time) go along the graph: who enters a country leaves it after the weeks of its transit.
    """
    region = landscape.region
    flow = landscape.entries * level
    arrivals: dict[str, np.ndarray] = {settings.AIR_COUNTRY: landscape.air.copy()}
    entry = flow.any(axis=(1, 2))
    for country in _downstream(region):
        inbound = [i for i, c in enumerate(region.cells) if c.to_country == country]
        arrived = flow[inbound].sum(axis=0) + arrivals.get(country, 0.0)
        leaving = _delayed(arrived, _transit_weeks(region, country))
        for i, cell in enumerate(region.cells):
            if cell.from_country == country and not entry[i]:
                flow[i] = leaving * landscape.shares[i]
    return flow


def fit_level(
    weeks: pd.DatetimeIndex, expected: Callable[[np.ndarray], np.ndarray], targets: Mapping[int, float]
) -> np.ndarray:
    """The level of entries (time) whose expected yearly figures meet the targets.

    A broken line on the log scale, one point per year, moved by iterative proportional fitting.

    Args:
        weeks: Mondays.
        expected: From a level (time) to the expected headline figure (time), NaN outside the reported weeks.
        targets: Calendar year → sum of the weeks that begin in it.
    """
    years = np.array(sorted(targets))
    points = weeks[0].toordinal() + (weeks - weeks[0]).days.to_numpy()
    knots = np.array([pd.Timestamp(int(y), 7, 1).toordinal() for y in years])
    log_level = np.full(len(years), 6.0)
    year_of = (weeks + pd.Timedelta(days=3)).year.to_numpy()
    for _ in range(_ROUNDS):
        figure = expected(np.exp(np.interp(points, knots, log_level)))
        sums = np.array([np.nansum(figure[year_of == y]) for y in years])
        log_level += 0.7 * np.log(np.array([targets[y] for y in years]) / np.maximum(sums, 1e-9))
    return np.exp(np.interp(points, knots, log_level))


def border_of(region: Region, cell: int) -> str:
    """Border of a cell; a sea area stands for itself."""
    segment = region.segment_by_id[region.cells[cell].segment]
    return segment.id if segment.kind == "sea" else segment.border


def _wander(rng: np.random.Generator, shape: tuple[int, ...], *, sd: float, memory: float) -> np.ndarray:
    """Stationary autoregressive paths along the last axis, standard deviation `sd`, lag-one correlation `memory`."""
    from scipy.signal import lfilter  # noqa: PLC0415 - slow to import

    steps = rng.standard_normal(shape) * sd * np.sqrt(1 - memory**2)
    steps[..., 0] /= np.sqrt(1 - memory**2)
    paths: np.ndarray = lfilter([1.0], [1.0, -memory], steps, axis=-1)
    return paths


def _shift_path(shifts: Iterable[settings.Shift], target: str, weeks: pd.DatetimeIndex) -> np.ndarray:
    """Sum of a target's shifts (time), each rising and fading linearly over its ramp."""
    path = np.zeros(len(weeks))
    for shift in shifts:
        if shift.target == target:
            path += shift.change * _ramp(weeks, shift.start, shift.ramp_weeks)
            if shift.end is not None:
                path -= shift.change * _ramp(weeks, shift.end, shift.ramp_weeks)
    return path


def _ramp(weeks: pd.DatetimeIndex, start: str, ramp_weeks: int) -> np.ndarray:
    since = (weeks - monday(start)).days.to_numpy() / 7
    return np.clip((since + 1) / ramp_weeks, 0.0, 1.0)


def _entry_season(weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Season, shocks and a wandering level of the entries (time), around 1."""
    angle = 2 * np.pi * (weeks.dayofyear.to_numpy() / 7 - settings.ENTRY_PEAK_WEEK) / 52.18
    season = settings.ENTRY_SEASON * (np.cos(angle) + 0.2 * np.cos(2 * angle))
    shocks = _shift_path(settings.SHIFTS, "ENTRIES", weeks)
    around_one: np.ndarray = np.exp(season + shocks + _wander(rng, (len(weeks),), sd=0.16, memory=0.93))
    return around_one


def _nationality_mix(region: Region, weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Shares of the nationality groups (cell, nationality, time), drifting over the years, summing to 1."""
    base = np.array([settings.NATIONALITY_MIX.get(c.to_country, settings.EVEN_MIX) for c in region.cells])
    drift = _wander(rng, (len(settings.NATIONALITIES), len(weeks)), sd=0.35, memory=0.985)
    mix = (base + 1e-4)[:, :, None] * np.exp(drift)
    shares: np.ndarray = mix / mix.sum(axis=1, keepdims=True)
    return shares


def _cell_shares(
    region: Region, weeks: pd.DatetimeIndex, *, entries: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Share (cell, time) of those who leave a country that takes each cell; over the entries they sum to 1."""
    shares = np.zeros((len(region.cells), len(weeks)))
    # STAY stands for the entries: nobody stays outside
    groups = [settings.STAY if entry else c.from_country for c, entry in zip(region.cells, entries, strict=True)]
    for country in dict.fromkeys([settings.STAY, *groups]):
        inside = [i for i, group in enumerate(groups) if group == country]
        for border, share in _border_shares(region, inside, country, weeks=weeks, rng=rng).items():
            cells = [i for i in inside if border_of(region, i) == border]
            shares[cells] = share * _segment_shares(region, cells, weeks, rng)
    return shares


def _border_shares(
    region: Region, cells: list[int], country: str, *, weeks: pd.DatetimeIndex, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Share of each border (time) among those who leave; with `STAY` they sum to 1."""
    borders = list(dict.fromkeys(border_of(region, i) for i in cells))
    known = settings.ENTRY_SHARES if country == settings.STAY else settings.ONWARD.get(country, {})
    base = {b: known.get(b, (1 - settings.DEFAULT_STAY) / len(borders) if not known else 0.01) for b in borders}
    if country != settings.STAY:
        base[settings.STAY] = known.get(settings.STAY, settings.DEFAULT_STAY)
    drift = _wander(rng, (len(base), len(weeks)), sd=0.22, memory=0.98)
    weights = {}
    for (border, weight), path in zip(base.items(), drift, strict=True):
        target = f"{settings.STAY.upper()}:{country}" if border == settings.STAY else border
        weights[border] = weight * np.exp(path + _shift_path(settings.SHIFTS, target, weeks))
    whole = sum(weights.values())
    return {border: weight / whole for border, weight in weights.items() if border != settings.STAY}


def _segment_shares(region: Region, cells: list[int], weeks: pd.DatetimeIndex, rng: np.random.Generator) -> np.ndarray:
    """Share of each of a border's cells (cell, time), summing to 1."""
    base = shares_without_history(region, cells)
    drift = _wander(rng, (len(cells), len(weeks)), sd=0.40, memory=0.985)
    logs = np.empty_like(drift)
    for row, cell in enumerate(cells):
        near = [p.id for p in region.crossing_points if p.segment == region.cells[cell].segment]
        heat = max((settings.HOT_SPOTS.get(p, 1.0) for p in near), default=settings.NO_CROSSING_POINT)
        shifts = sum((_shift_path(settings.SHIFTS, p, weeks) for p in near), start=np.zeros(len(weeks)))
        logs[row] = np.log(base[row] * heat) + drift[row] + shifts
    weights = np.exp(logs)
    shares: np.ndarray = weights / weights.sum(axis=0)
    return shares


def _transit_weeks(region: Region, country: str) -> int:
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
