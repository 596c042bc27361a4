"""What a regional risk analysis network exchanges each month beside crossings: stay, refusals, asylum, documents."""

import numpy as np
import pandas as pd

from geo.region.region import Region
from pipelines.sample import reporting, settings
from pipelines.sample.flow import generator
from pipelines.sample.reporting import figures, monthly, vintages


def network_tables(
    flow: np.ndarray, inside: slice, weeks: pd.DatetimeIndex, *, region: Region, seed: int
) -> list[pd.DataFrame]:
    """Monthly figures of the network's members, each indicator from randomness of its own.

    Args:
        flow: Expected detections (cell, week), warm-up and look-ahead included.
        inside: Position of the published weeks in `flow`.
        weeks: Mondays of the published weeks.
        region: The pack.
        seed: Same seed, same figures.
    """
    members = np.array([cell.to_country in settings.NETWORK for cell in region.cells])
    points = pd.Series([point.segment for point in region.crossing_points]).value_counts()
    checked = np.array([points.get(cell.segment, 0) for cell in region.cells], dtype=float)
    # refusals come with the traffic of every crossing point, most of it in summer, and with those on their way
    season = 1 + 0.35 * np.cos((weeks.dayofyear.to_numpy() - 205) / 58.1)
    traffic = settings.REFUSALS_PER_POINT * checked[:, None] * season
    countries, borders = reporting.country_places(region), reporting.border_places(region)
    expected = {
        "illegal_stay": (countries, 0.0, members),
        "refusals_of_entry": (borders, traffic, members & (checked > 0)),
        "asylum_applications": (countries, 0.0, members),
        "false_documents": (borders, 0.0, members & (checked > 0)),
    }
    tables = []
    for indicator, (places, base, cells) in expected.items():
        share, lag_weeks = settings.NETWORK_PER_DETECTION[indicator]
        mean = share * reporting.shifted(flow, lag_weeks)[:, inside] + base
        rng = generator(seed, indicator)
        counts = reporting.negative_binomial(mean[cells], settings.NETWORK_DISPERSION, rng)
        weekly = figures(counts, places[cells].reset_index(drop=True), weeks, indicator=indicator)
        tables.append(vintages(monthly(weekly), rng, revised=False))
    return tables
