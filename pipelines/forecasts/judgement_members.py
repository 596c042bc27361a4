"""What people stated of a place and a period, as members `judgement:<person or group>` from the day it was known."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.combine.weights import JUDGEMENT
from geo.region.region import Region
from geo.region.units import location_of
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.partner_members import with_members
from pipelines.grid.unit_histories import knowledge_day
from pipelines.ingest.partners.store import PartnerForecast
from pipelines.store.periods import day_number, period_numbers
from records.database import exists, open_database
from records.judgements import LEVELS, StatedJudgement, judgement_history, standing


def load_judgements(database: str, region: str, *, as_of: date | None) -> list[StatedJudgement]:
    """What was stated of a region by a day (None: all); nothing where no database was ever made.

    Raises:
        DatabaseError: the database is out of reach.
    """
    return judgement_history(open_database(database), region, until=as_of) if exists(database) else []


def judgements_digest(judgements: Sequence[StatedJudgement]) -> dict[str, str]:
    """SHA-256 of all that was stated, for an edition's identity; empty where nothing was."""
    told = json.dumps([vars(one) for one in judgements], default=str, sort_keys=True)
    return {"judgements": hashlib.sha256(told.encode()).hexdigest()} if judgements else {}


def with_judgements(
    at: Sequence[AtCutoff], judgements: Sequence[StatedJudgement], region: Region, *, live: pd.Timestamp | None = None
) -> list[AtCutoff]:
    """Add to each cutoff what was stated by its day of knowledge of periods that lay ahead of it.

    Args:
        at: Cutoffs of one indicator, with our members.
        judgements: Of the database, in the order in which they came, known by the day of the run.
        region: The pack.
        live: The run's own cutoff, at which all of them are known.
    """
    if not judgements:
        return list(at)
    return [_joined(cutoff, judgements, region, live=cutoff.origin_date == live) for cutoff in at]


def _joined(cutoff: AtCutoff, judgements: Sequence[StatedJudgement], region: Region, *, live: bool) -> AtCutoff:
    indicator = str(cutoff.history.attrs["indicator"])
    mine = [j for j in judgements if j.indicator == indicator]
    if not mine:
        return cutoff
    last = knowledge_day(cutoff.origin_date, region.indicators[indicator].delay_days, region)
    stated = standing(j for j in mine if live or day_number(j.day) <= last)
    ahead = [(j, h) for j in stated if (h := _horizon(j.period, cutoff.origin_date, region)) > 0]
    spoken: dict[str, list[tuple[StatedJudgement, int]]] = {}
    for judgement, horizon in ahead:
        spoken.setdefault(judgement.speaker, []).append((judgement, horizon))
    return with_members(cutoff, [_forecast(name, said, cutoff.origin_date) for name, said in sorted(spoken.items())])


def _horizon(period: date, origin_date: pd.Timestamp, region: Region) -> int:
    """Periods from a cutoff's last one to another."""
    first, last = period_numbers(pd.DatetimeIndex([origin_date, pd.Timestamp(period)]), region.freq)
    return int(last - first)


def _forecast(
    name: str, judgements: Sequence[tuple[StatedJudgement, int]], origin_date: pd.Timestamp
) -> PartnerForecast:
    """What a person says, or a group: the median of its members' quantiles."""
    rows = [
        (judgement.indicator, location_of(judgement.unit), horizon, level, getattr(judgement, quantile))
        for judgement, horizon in judgements
        for quantile, level in LEVELS.items()
    ]
    table = pd.DataFrame(rows, columns=["target", "location", "horizon", "level", "value"])
    medians = table.groupby(["target", "location", "horizon", "level"], as_index=False)["value"].median()
    received = max(judgement.day for judgement, _ in judgements)
    return PartnerForecast(f"{JUDGEMENT}{name}", origin_date, pd.Timestamp(received), medians)


def judgement_weights(quantiles: xr.DataArray, shares: xr.DataArray) -> pd.DataFrame:
    """Weight of each judgement in the combination's median: 0 until it has earned one.

    Args:
        quantiles: Of all members (member, unit, horizon, quantile), NaN where one has no forecast.
        shares: (member, unit, horizon), of `JointForecast`.

    Returns:
        Columns `member, unit, horizon, weight`, a row for each forecast that a judgement gave; none without any.
    """
    names = [str(m) for m in quantiles["member"].to_numpy() if str(m).startswith(JUDGEMENT)]
    if not names:
        return pd.DataFrame()
    spoke = np.isfinite(quantiles.sel(member=names, quantile=0.5).transpose("member", "unit", "horizon").to_numpy())
    weights = shares.sel(member=names).transpose("member", "unit", "horizon").to_numpy()
    at = np.nonzero(spoke)
    axes: Mapping[str, np.ndarray] = {d: quantiles[d].to_numpy() for d in ("unit", "horizon")}
    return pd.DataFrame(
        {
            "member": np.array(names, dtype=object)[at[0]],
            "unit": axes["unit"].astype(object)[at[1]],
            "horizon": axes["horizon"][at[2]],
            "weight": np.nan_to_num(weights[at]),
        }
    )
