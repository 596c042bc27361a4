"""What was known of an indicator at each cutoff: one Dask task per cutoff, kept when all are done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import xarray as xr
from distributed import Client, Future

from pipelines.compute.checkpoints import KEEP_NOTHING, Work
from pipelines.compute.cluster import share
from pipelines.compute.progress import Progress, completed
from pipelines.grid.histories.cutoffs import history_at
from pipelines.grid.known_rows import KnownRows


@dataclass(frozen=True)
class PendingHistories:
    """Histories of one indicator that are under way, or that were kept."""

    name: str
    futures: Mapping[pd.Timestamp, Future]
    found: dict[pd.Timestamp, tuple[xr.Dataset, bool]] | None = None


def submit_histories(
    dates: Sequence[pd.Timestamp], known: KnownRows, indicator: str, *, client: Client, work: Work = KEEP_NOTHING
) -> PendingHistories:
    """What was known at each cutoff, rebuilt from the vintages; one task per cutoff."""
    name = f"{indicator}-histories"
    kept = work.load(name)
    if kept is not None:
        return PendingHistories(name, {}, {date: _unlabelled(d) for date, d in zip(dates, kept, strict=True)})
    shared = share(client, known)
    return PendingHistories(
        name, {date: client.submit(_history_task, shared, indicator, date, pure=False) for date in dates}
    )


def collect_histories(
    pending: PendingHistories, progress: Progress, work: Work = KEEP_NOTHING
) -> dict[pd.Timestamp, tuple[xr.Dataset, bool]]:
    """The histories (unit, time) of `submit_histories`, and whether each rests on real vintages alone."""
    if pending.found is not None:
        return pending.found
    for _ in completed(list(pending.futures.values()), progress, "as known at the cutoffs"):
        pass
    histories = {date: future.result() for date, future in pending.futures.items()}
    work.keep(pending.name, [h.assign_attrs(real_vintages=bool(real)) for h, real in histories.values()])
    return histories


def _unlabelled(kept: xr.Dataset) -> tuple[xr.Dataset, bool]:
    real = bool(kept.attrs.pop("real_vintages"))
    return kept, real


def _history_task(known: KnownRows, indicator: str, origin_date: pd.Timestamp) -> tuple[xr.Dataset, bool]:
    return history_at(
        known.rows,
        known.grid,
        known.region,
        indicator=indicator,
        origin_date=origin_date,
        strict_vintages=known.strict_vintages,
        zero_within_span=known.zero_within_span,
    )
