"""Daily tables as figures of whole periods, each with its vintages: what forecasts and backtests know of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from distributed import Client

from geo.region.region import Region
from pipelines.grid.daily.place_to_cell import STOOD_FOR
from pipelines.ingest.daily.axes import DailyAxes, DailyBlock, axes_of, plan_blocks
from pipelines.ingest.daily.block_sums import DailySums, add_block
from pipelines.ingest.daily.index_sums import REASONS
from pipelines.ingest.daily.layout import Delivery
from pipelines.ingest.daily.vintages import VintageRule
from pipelines.observations.schema import COLUMNS, TOTAL, empty_observations

_NOT_REPORTED = REASONS.index("not_reported")

SOURCE = "daily"


def period_figures(deliveries: Sequence[Delivery], region: Region, *, client: Client) -> pd.DataFrame:
    """Totals over the nationalities, by place and period, as canonical observations of source `daily`.

    A period whose days were all reported is one figure; of one reported in part, each day is. A day of which a part is
    not told has a count and a reason. Every delivery that changes a figure makes a new vintage of it.

    Args:
        deliveries: The tables, in the order in which they came.
        region: The pack.
        client: Where the tasks run.
    """
    if not deliveries:
        return empty_observations()
    axes = axes_of(deliveries, region)
    blocks = plan_blocks(deliveries, axes, nationalities=False)
    tables = client.gather(client.map(block_figures, blocks, axes=axes, pure=False))
    whole = pd.concat(tables, ignore_index=True)
    kinds, names, routes = (np.array(c, dtype=object) for c in zip(*axes.places, strict=True))
    kinds = np.array([STOOD_FOR.get(k, k) for k in kinds], dtype=object)
    place = whole["place"].to_numpy()
    out = pd.DataFrame(
        {
            "source": SOURCE,
            "as_of": _dates(whole["as_of"]),
            "as_of_assumed": whole["assumed"],
            "indicator": np.array(axes.indicators, dtype=object)[whole["indicator"]],
            "route": [r or None for r in routes[place]],
            "place_kind": kinds[place],
            "place": [n or None for n in names[place]],
            "lon": np.nan,
            "lat": np.nan,
            "nationality": TOTAL,
            "period_start": _dates(whole["start"]),
            "period": np.where(whole["whole"], region.freq, "D"),
            "count": whole["count"],
            "missing_reason": np.array([None, *REASONS[1:]], dtype=object)[whole["missing"]],
            "count_upper": pd.NA,
            "status": "final",
        }
    )
    return out[list(COLUMNS)]


def block_figures(block: DailyBlock, *, axes: DailyAxes) -> pd.DataFrame:
    """Figures of a block with all their vintages.

    Columns `indicator, place, missing` (codes), `start, as_of, assumed, whole, count`.
    """
    states = []
    before = None
    for day in _news_days(block):
        sums = add_block(block, axes, nationalities=False, known=VintageRule(day), dated=True)
        table = _figures(sums, block).assign(as_of=lambda t, day=day: t["as_of"].clip(upper=day))
        states.append(table if before is None else _changed(before, table, day))
        before = table
    return pd.concat(states, ignore_index=True)


def _news_days(block: DailyBlock) -> list[int]:
    """Days on which a delivery's figures of the block were known for the first time, all of them."""
    days: dict[int, int] = {}
    for p in block.pieces:
        stated = max(p.part.as_of_last, p.part.last, p.ingested if p.part.assumed and p.delivery else 0)
        days[p.delivery] = max(days.get(p.delivery, 0), stated)
    return sorted(set(days.values()))


def _figures(sums: DailySums, block: DailyBlock) -> pd.DataFrame:
    if sums.newest is None or sums.assumed is None:
        raise ValueError("figures need the dates of what was added up.")
    starts = np.array(block.edges[:-1]) - block.first_day
    lengths = np.diff(block.edges)
    told = sums.reported & ~sums.incomplete
    whole = np.add.reduceat(told, starts, axis=0, dtype=np.int64) == lengths[:, None, None]
    period, indicator, place = np.nonzero(whole)
    newest = np.maximum.reduceat(sums.newest, starts, axis=0)
    assumed = np.logical_or.reduceat(sums.assumed, starts, axis=0)
    count = np.add.reduceat(sums.totals, starts, axis=0)
    full = _table(
        indicator,
        place,
        start=np.array(block.edges)[period],
        count=count[whole],
        as_of=newest[whole],
        assumed=assumed[whole],
        whole=True,
    )
    single = (sums.reported | sums.incomplete) & ~whole[block.period_of_day]
    day, indicator, place = np.nonzero(single)
    days = _table(
        indicator,
        place,
        start=block.first_day + day,
        as_of=sums.newest[single],
        assumed=sums.assumed[single],
        whole=False,
        count=np.where(sums.reported, sums.totals, np.nan)[single],
        missing=np.where(sums.incomplete, sums.missing, 0)[single],
    )
    return pd.concat([full, days], ignore_index=True)


def _table(indicator: np.ndarray, place: np.ndarray, **columns: np.ndarray | bool) -> pd.DataFrame:
    return pd.DataFrame({"indicator": indicator, "place": place, "missing": 0, **columns})


def _changed(before: pd.DataFrame, after: pd.DataFrame, day: int) -> pd.DataFrame:
    """Figures of `after` that `before` lacks or tells otherwise, and those that were taken back by that day."""
    keys = ["indicator", "place", "start", "whole"]
    value = ["count", "missing"]
    joined = after.merge(before[[*keys, *value]], on=keys, how="left", suffixes=("", "_before"))
    same = (joined["missing"] == joined["missing_before"]) & (
        (joined["count"] == joined["count_before"]) | (joined["count"].isna() & joined["count_before"].isna())
    )
    news = after[~same.to_numpy()]
    gone = before.merge(after[keys], on=keys, how="left", indicator="found")
    withdrawn = before[(gone["found"] == "left_only").to_numpy()].assign(count=np.nan, as_of=day, missing=_NOT_REPORTED)
    return pd.concat([news, withdrawn], ignore_index=True) if len(withdrawn) else news


def _dates(days: pd.Series) -> np.ndarray:
    return days.to_numpy().astype("datetime64[D]").astype("datetime64[ns]")
