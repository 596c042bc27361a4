"""Corrections as data: what a figure should say, why, who says so, since when; they end once the source mends it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from geo.pack.entries import PackError, plain_value
from pipelines.observations.partitions import Partition, read_partitions, to_frame
from pipelines.observations.schema import TOTAL, DataRefusedError, empty_observations
from pipelines.store.periods import day_number


class Correction(BaseModel):
    """One entry of `corrections.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    indicator: str
    place: str
    period_start: date
    nationality: str = TOTAL
    route: str | None = None
    expect: float | None = Field(ge=0, description="what the source says; null: a missing report")
    count: float | None = Field(ge=0, description="what is right; null: unknown")
    why: str = Field(min_length=1)
    who: str = Field(min_length=1)
    when: date


def read_corrections(path: Path) -> list[Correction]:
    """The corrections of a file; none where there is no file.

    Raises:
        DataRefusedError: it is no list of corrections; the message names entry and field.
    """
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[Correction]).validate_python(plain_value(path) or [])
    except (ValidationError, PackError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        where = f"entry {first['loc'][0]}, {'.'.join(map(str, first['loc'][1:]))}" if first and first["loc"] else "file"
        what = first["msg"] if first else str(error).splitlines()[0].removesuffix(".")
        raise DataRefusedError(f"{path}: {where}: {what}. Mend it, or take the entry out.") from error


def apply_corrections(observations: pd.DataFrame, corrections: list[Correction]) -> pd.DataFrame:
    """Add each correction as a vintage of its figure, known from the day on which it was made.

    Raises:
        DataRefusedError: no such figure, more than one, or its newest value is not the expected one.
    """
    rows = [_corrected(observations, c) for c in corrections]
    return pd.concat([observations, *rows], ignore_index=True) if rows else observations


def corrected_rows(partitions: Sequence[Partition], corrections: Sequence[Correction]) -> pd.DataFrame:
    """The vintages that corrections add to the figures of a store; only what they may be about is read.

    Raises:
        DataRefusedError: no such figure, more than one, or its newest value is not the expected one.
    """
    days = sorted({c.period_start for c in corrections})
    frames = [_figures_of(day, partitions) for day in days]
    found = pd.concat(frames, ignore_index=True) if frames else empty_observations()
    return apply_corrections(found, list(corrections)).iloc[len(found) :]


def _figures_of(day: date, partitions: Sequence[Partition]) -> pd.DataFrame:
    number = day_number(day)
    rows = read_partitions([p for p in partitions if p.touches(number, number)])
    return to_frame(rows.filter(pc.equal(rows.column("period_start"), pa.scalar(day, pa.date32()))))


def _corrected(observations: pd.DataFrame, correction: Correction) -> pd.DataFrame:
    name = f"correction of {correction.source} {correction.place} {correction.nationality} {correction.period_start}"
    key = correction.model_dump(include={"source", "indicator", "place", "nationality", "route"}, exclude_none=True)
    key["period_start"] = pd.Timestamp(correction.period_start)
    rows = observations[np.logical_and.reduce([observations[k] == v for k, v in key.items()])]
    figures = len(rows.drop_duplicates(["place_kind", "route", "period"]))
    if figures != 1:
        raise DataRefusedError(f"{name}: expected one figure, found {figures}. Mend the store's corrections file.")
    newest = rows.sort_values("as_of", kind="stable").tail(1)
    expected, right = (np.nan if c is None else c for c in (correction.expect, correction.count))
    reported = float(newest["count"].iloc[0])
    if not np.array_equal(reported, expected, equal_nan=True):
        raise DataRefusedError(
            f"{name}: expected the source to say {_in_words(expected)}, it now says {_in_words(reported)}. "
            "Where the source has mended the figure take the entry out of the store's corrections file."
        )
    return newest.assign(
        count=right,
        missing_reason="invalid" if np.isnan(right) else None,
        as_of=max(pd.Timestamp(correction.when), newest["as_of"].iloc[0]),
        as_of_assumed=False,
        status="final",
    )


def _in_words(count: float) -> str:
    return "nothing" if np.isnan(count) else f"{count:,g}"
