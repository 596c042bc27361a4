"""Writing the sample: one file per reporting partner, and the planned capacities. The same bytes for the same seed."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import planning, reporting, settings
from pipelines.sample.flow import Landscape, border_of, fit_level, generator, make_landscape, monday, passages
from pipelines.sample.network import network_tables
from pipelines.sample.reporting import figures, monthly, vintages

SEED = 2026


@dataclass(frozen=True)
class Sample:
    """What was written.

    Attributes:
        files: (source id, path), one per partner.
        capacities: The planned capacities, as `--capacities` takes them.
    """

    files: tuple[tuple[str, Path], ...]
    capacities: Path


@dataclass(frozen=True)
class World:
    """What happened, before anyone reported it.

    Attributes:
        weeks: Mondays of the published weeks.
        flow: Expected detections (cell, week), warm-up and look-ahead included.
        inside: Position of the published weeks in `flow`.
        detections: Final detections (cell, nationality, week), published weeks.
    """

    weeks: pd.DatetimeIndex
    flow: np.ndarray
    inside: slice
    detections: np.ndarray


def make_world(region: Region, *, seed: int = SEED) -> World:
    """Draw the flow, calibrate its yearly level, and detect it."""
    landscape = make_landscape(region, randomness=partial(generator, seed), last_week=settings.LAST_WEEK)
    expected = reporting.expected_detections(passages(landscape, entry_level(landscape)), region)
    published = published_weeks(landscape.weeks)
    first = int(np.flatnonzero(published)[0])
    inside = slice(first, first + int(published.sum()))
    drawn = reporting.detections_by_nationality(expected[:, :, inside], generator(seed, "detections"))
    return World(landscape.weeks[published], expected.sum(axis=1), inside, drawn)


def entry_level(landscape: Landscape) -> np.ndarray:
    """The level of entries (time) with which the headline's detections meet the yearly figures."""
    region, published = landscape.region, published_weeks(landscape.weeks)
    headline = np.array([c.headline for c in region.cells])

    def figure(level: np.ndarray) -> np.ndarray:
        """Headline detections where the figure is published, else NaN."""
        detected = reporting.expected_detections(passages(landscape, level), region)[headline].sum(axis=(0, 1))
        return np.where(published, detected, np.nan)

    return fit_level(landscape.weeks, figure, settings.HEADLINE_TARGETS)


def published_weeks(weeks: pd.DatetimeIndex) -> np.ndarray:
    """Which weeks are neither warm-up nor look-ahead (time,)."""
    inside: np.ndarray = (weeks >= monday(settings.FIRST_WEEK)) & (weeks <= monday(settings.LAST_WEEK))
    return inside


def write_sample(folder: Path, *, region: Region, seed: int = SEED) -> Sample:
    """Write the partners' files and the capacities.

    Args:
        folder: Created where absent; files of the same names are replaced.
        region: The pack `western_balkans`, or one that knows its borders and crossing points.
        seed: Same seed, same bytes.

    Raises:
        ValueError: the region is not one that the sample can be made for.
    """
    world = make_world(region, seed=seed)
    places, capacities = _reception(world, region, seed)
    network = network_tables(world.flow, world.inside, world.weeks, region=region, seed=seed)
    tables = [*_crossings(world, region, seed), *_related(world, region, seed), *network, places]
    table = pd.concat(tables, ignore_index=True)
    folder.mkdir(parents=True, exist_ok=True)
    closed = reporting.segment_near(region, settings.CLOSED[0])
    files = [_write_partner(folder, str(p), rows, closed) for p, rows in table.groupby("partner", sort=True)]
    bad = reporting.bad_rows((reporting.segment_near(region, "horgos-roszke"), closed))
    with (folder / _name("HUN")).open("a", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{row}\n" for row in bad)
    path = folder / "synthetic_capacities.csv"
    capacities.to_csv(path, index=False, lineterminator="\n")
    return Sample(tuple(("sample", f) for f in files), path)


def _crossings(world: World, region: Region, seed: int) -> list[pd.DataFrame]:
    """Totals of every cell as the entered country names it; nationalities of the headline cells."""
    places, rng = reporting.reported_places(region), generator(seed, "reports")
    total = figures(world.detections.sum(axis=1), places, world.weeks, indicator="irregular_crossings")
    tables = [vintages(total, rng)]
    since = int(np.searchsorted(world.weeks, monday(settings.NATIONALITIES_SINCE)))
    headline = [i for i, c in enumerate(region.cells) if c.headline]
    counts = world.detections[headline][:, :, since:]
    largest = np.argsort(-counts.sum(axis=(0, 2)), kind="stable")[: settings.PUBLISHED_NATIONALITIES]
    at, weeks = places.iloc[headline].reset_index(drop=True), world.weeks[since:]
    for i in sorted(largest):
        what = {"indicator": "irregular_crossings", "nationality": settings.NATIONALITIES[i]}
        tables.append(vintages(figures(counts[:, i], at, weeks, **what), rng, revised=False))
    return tables


def _related(world: World, region: Region, seed: int) -> list[pd.DataFrame]:
    """Indicators that follow or lead the flow: cases, victims, reports, deaths."""
    rng = generator(seed, "related")

    def drawn(rate: float | np.ndarray, lag: int, size: float) -> np.ndarray:
        """Negative binomial counts that follow the flow by a lag."""
        mean = np.asarray(rate)[..., None] * reporting.shifted(world.flow, lag)[:, world.inside]
        return reporting.negative_binomial(mean, size, rng)

    borders, countries, weeks = reporting.border_places(region), reporting.country_places(region), world.weeks
    smuggling = drawn(settings.SMUGGLING_PER_DETECTION, settings.SMUGGLING_LAG, 6.0)
    victims = drawn(settings.THB_PER_DETECTION, settings.THB_LAG, 3.0)
    reports = drawn(settings.IFF_PER_DETECTION, -settings.IFF_LEAD, 6.0)
    cells = range(len(region.cells))
    rate = np.array([settings.DEATHS_PER_DETECTION.get(border_of(region, i), 0.0) for i in cells])
    lethal = np.flatnonzero(rate > 0)
    deaths = drawn(rate, 0, 1.5)[lethal]
    at = borders.iloc[lethal].reset_index(drop=True)
    return [
        vintages(figures(smuggling, borders, weeks, indicator="smuggling_cases"), rng),
        vintages(monthly(figures(victims, countries, weeks, indicator="thb_victims_identified")), rng, revised=False),
        vintages(monthly(figures(reports, countries, weeks, indicator="iff_reports")), rng, revised=False),
        vintages(figures(deaths, at, weeks, indicator="deaths_missing"), rng, revised=False),
    ]


def _reception(world: World, region: Region, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Occupied reception places beside the busiest segments, and all planned capacities."""
    rng, flow = generator(seed, "reception"), world.flow[:, world.inside]
    cells = planning.reception_cells(region, flow[:, -156:].mean(axis=1))
    inflow = flow[cells]
    size = np.ceil(inflow[:, -40:].mean(axis=1) * rng.uniform(0.95, 1.7, len(cells)) / 10 + 2) * 10
    table = reporting.reported_places(region).iloc[cells].reset_index(drop=True)
    table = table.assign(route="", place_kind="segment", place=[region.cells[i].segment for i in cells])
    occupied = planning.occupancy(inflow, size, rng)
    stock = vintages(figures(occupied, table, world.weeks, indicator="reception_occupied"), rng, revised=False)
    places = pd.Series(size, index=table["place"]).groupby(level=0).sum()
    foresight = generator(seed, "capacities")
    return stock, planning.planned_capacities(flow, world.weeks, region, reception=places, rng=foresight)


def _name(partner: str) -> str:
    return f"synthetic_{partner.lower()}.csv"


def _write_partner(folder: Path, partner: str, rows: pd.DataFrame, closed: str) -> Path:
    table = reporting.shut(rows, closed)
    text = table["count"].map(lambda v: "" if np.isnan(v) else f"{v:.0f}")
    if partner == settings.SUPPRESSING_REPORTER:
        small = table["indicator"].eq("thb_victims_identified") & table["count"].between(1, 4)
        text = text.where(~small, "<5")
    days = {c: table[c].dt.strftime("%Y-%m-%d") for c in ("period_start", "as_of")}
    order = ["indicator", "as_of", "period_start", "place", "nationality"]
    table = table.assign(count=text, **days).sort_values(order, kind="stable")
    path = folder / _name(partner)
    table[list(reporting.COLUMNS)].to_csv(path, index=False, lineterminator="\n")
    return path
