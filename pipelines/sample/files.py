"""Writing the sample: one file per reporting partner, and the planned capacities. The same bytes for the same seed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import settings
from pipelines.sample.counts import (
    deaths_rate,
    detections_by_nationality,
    expected_detections,
    negative_binomial,
    occupancy,
    shifted,
)
from pipelines.sample.flow import make_landscape, move
from pipelines.sample.level import fit_level
from pipelines.sample.noise import generator, monday
from pipelines.sample.places import border_places, country_places, reception_cells, reported_places, segment_near
from pipelines.sample.planned import planned_capacities
from pipelines.sample.reporting import COLUMNS, bad_rows, figures, monthly, shut, vintages

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
    landscape = make_landscape(region, seed=seed, last_week=settings.LAST_WEEK)
    weeks = landscape.weeks
    published = (weeks >= monday(settings.FIRST_WEEK)) & (weeks <= monday(settings.LAST_WEEK))
    headline = np.array([c.headline for c in region.cells])

    def headline_figure(level: np.ndarray) -> np.ndarray:
        """Headline detections where the figure is published, else NaN."""
        found = expected_detections(move(landscape, level).passages, region)[headline].sum(axis=(0, 1))
        return np.where(published, found, np.nan)

    level = fit_level(weeks, headline_figure, settings.HEADLINE_TARGETS)
    expected = expected_detections(move(landscape, level).passages, region)
    first = int(np.flatnonzero(published)[0])
    inside = slice(first, first + int(published.sum()))
    drawn = detections_by_nationality(expected[:, :, inside], generator(seed, "detections"))
    return World(weeks[published], expected.sum(axis=1), inside, drawn)


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
    table = pd.concat([*_crossings(world, region, seed), *_related(world, region, seed), places], ignore_index=True)
    folder.mkdir(parents=True, exist_ok=True)
    closed = segment_near(region, settings.CLOSED[0])
    files = [_write_partner(folder, str(p), rows, closed) for p, rows in table.groupby("partner", sort=True)]
    _append(folder / _name("HUN"), bad_rows((segment_near(region, "horgos-roszke"), closed)))
    path = folder / "synthetic_capacities.csv"
    capacities.to_csv(path, index=False, lineterminator="\n")
    return Sample(tuple(("sample", f) for f in files), path)


def _crossings(world: World, region: Region, seed: int) -> list[pd.DataFrame]:
    """Totals of every cell as the entered country names it; nationalities of the headline cells."""
    places, rng = reported_places(region), generator(seed, "reports")
    total = figures(world.detections.sum(axis=1), places, world.weeks, indicator="irregular_crossings")
    tables = [vintages(total, rng)]
    since = int(np.searchsorted(world.weeks, monday(settings.NATIONALITIES_SINCE)))
    headline = [i for i, c in enumerate(region.cells) if c.headline]
    counts = world.detections[headline][:, :, since:]
    largest = np.argsort(-counts.sum(axis=(0, 2)), kind="stable")[: settings.PUBLISHED_NATIONALITIES]
    mine = places.iloc[headline].reset_index(drop=True)
    for i in sorted(largest):
        named = figures(
            counts[:, i],
            mine,
            world.weeks[since:],
            indicator="irregular_crossings",
            nationality=settings.NATIONALITIES[i],
        )
        tables.append(vintages(named, rng, revised=False))
    return tables


def _related(world: World, region: Region, seed: int) -> list[pd.DataFrame]:
    """Indicators that follow or lead the flow: cases, victims, reports, deaths."""
    rng = generator(seed, "related")

    def drawn(rate: float | np.ndarray, lag: int, size: float) -> np.ndarray:
        """Negative binomial counts that follow the flow by a lag."""
        mean = np.asarray(rate)[..., None] * shifted(world.flow, lag)[:, world.inside]
        return negative_binomial(mean, size, rng)

    borders, countries, weeks = border_places(region), country_places(region), world.weeks
    smuggling = drawn(settings.SMUGGLING_PER_DETECTION, settings.SMUGGLING_LAG, 6.0)
    victims = drawn(settings.THB_PER_DETECTION, settings.THB_LAG, 3.0)
    reports = drawn(settings.IFF_PER_DETECTION, -settings.IFF_LEAD, 6.0)
    rate = deaths_rate(region)
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
    rng = generator(seed, "reception")
    usual = world.flow[:, world.inside][:, -156:].mean(axis=1)
    cells = reception_cells(region, usual)
    inflow = np.array([world.flow[i, world.inside] for i in cells])
    recent = inflow[:, -40:].mean(axis=1)
    size = np.ceil(recent * rng.uniform(0.95, 1.7, len(cells)) / 10 + 2) * 10
    table = reported_places(region).iloc[cells].reset_index(drop=True)
    table = table.assign(route="", place_kind="segment", place=[region.cells[i].segment for i in cells])
    stock = figures(occupancy(inflow, size, rng), table, world.weeks, indicator="reception_occupied")
    places = pd.Series(size, index=table["place"]).groupby(level=0).sum()
    planned = planned_capacities(
        world.flow[:, world.inside], world.weeks, region, reception=places, rng=generator(seed, "capacities")
    )
    return vintages(stock, rng, revised=False), planned


def _name(partner: str) -> str:
    return f"synthetic_{partner.lower()}.csv"


def _write_partner(folder: Path, partner: str, rows: pd.DataFrame, closed: str) -> Path:
    table = shut(rows, closed)
    small = table["indicator"].eq("thb_victims_identified") & table["count"].between(1, 4)
    text = table["count"].map(lambda v: "" if np.isnan(v) else f"{v:.0f}")
    if partner == settings.SUPPRESSING_REPORTER:
        text = text.where(~small, "<5")
    table = table.assign(
        count=text,
        period_start=table["period_start"].dt.strftime("%Y-%m-%d"),
        as_of=table["as_of"].dt.strftime("%Y-%m-%d"),
    ).sort_values(["indicator", "as_of", "period_start", "place", "nationality"], kind="stable")
    path = folder / _name(partner)
    table[list(COLUMNS)].to_csv(path, index=False, lineterminator="\n")
    return path


def _append(path: Path, lines: list[str]) -> None:
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{line}\n" for line in lines)
