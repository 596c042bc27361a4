"""The published bands: held against flicker by the edition before, raised by stated vulnerability and impact."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from forecasting.base.contracts import BANDS
from forecasting.risk.bands import hold_bands, raise_bands
from geo.region.region import Region
from geo.region.risk_inputs import PARTS, Assessment, Level, Part
from geo.region.units import assessments_of, deciding, unit_table
from pipelines.editions.edition import Edition
from pipelines.forecasts.result import IndicatorForecast
from pipelines.observations.schema import TOTAL
from records.decisions import StatedAssessment


def with_assessments(region: Region, history: Sequence[StatedAssessment]) -> Region:
    """The pack with what analysts stated on the dashboard, oldest first.

    Of the same part, place and kind the last entry counts, and of it and the pack's the later date, the dashboard's on
    the same day. A place that the pack no longer has is left out: its entry stays in the database, and counts again
    when the place is back.
    """
    known = set(unit_table(region)["unit"])
    own: dict[tuple[str, str, str], Assessment] = {(a.part, a.place, a.kind): a for a in region.assessments}
    for key, entry in {a.key: a for a in history}.items():
        packed = own.get(key)
        if entry.place not in known or (packed is not None and packed.as_of > entry.as_of):
            continue
        own.pop(key, None)
        if entry.level is not None:
            words = cast("Part", entry.part), entry.place, entry.kind, cast("Level", entry.level)
            own[key] = Assessment(*words, entry.owner, entry.as_of, entry.value)
    return replace(region, assessments=tuple(sorted(own.values(), key=lambda a: (a.part, a.place, a.kind))))


def apply_band_rules(result: IndicatorForecast, region: Region, before: Edition | None) -> IndicatorForecast:
    """Apply hysteresis and the pack's rule, and say which decided.

    The bands of one nationality rest on its own past alone: what was stated of a place is stated of all.

    Args:
        result: With the plain bands of its draws.
        region: Rules, vulnerability and impact.
        before: The edition of the period before; None: nothing is held, and what the replay gave is raised alike.
    """
    if result.nationality != TOTAL:
        region, before = replace(region, assessments=()), None
    units = [str(u) for u in result.value["unit"].to_numpy()]
    assessed = {str(p): [deciding(assessments_of(region, u, p)) for u in units] for p in PARTS}
    levels: dict[str, list[str | None]]
    levels = {p: [None if a is None else a.level for a in found] for p, found in assessed.items()}
    plain, previous = result.band, np.full_like(result.band, -1)
    shown = raise_bands(result.previous_band, levels, region.risk)[0]
    if before is not None:
        previous, shown = (_published(before, result, column) for column in ("threat_band", "pressure_band"))
    probability, limits = (result.threat[v].to_numpy() for v in ("rung_probability", "rung_limit"))
    held = hold_bands(plain, previous, probability, limits=limits, margin=region.risk.hysteresis_margin)
    band, reason = raise_bands(held, levels, region.risk)
    rules = result.basis.astype(object).copy()
    for u, h in np.argwhere(held > plain):
        rules[u, h] += f"; held at {_word(BANDS[held[u, h]])}: its chance is hardly below the limit"
    for u, h in np.argwhere(reason != ""):
        part = str(reason[u, h])
        by = assessed[part][u]
        if by is not None:
            rules[u, h] += f"; raised by one: {part} {_word(by.level)} ({by.owner}, {by.as_of})"
    dims = ("unit", "horizon")
    columns: dict[str, Any] = {"threat_band": (dims, held), "band_rule": (dims, rules)}
    for part, found in levels.items():  # −1 where nothing is stated
        columns[part] = ("unit", np.array([-1 if v is None else BANDS.index(v) for v in found], dtype=np.int8))
    threat = result.threat.assign(columns)
    return replace(result, band=band, threat=threat, previous_band=shown)


def _published(before: Edition, result: IndicatorForecast, column: str) -> np.ndarray:
    """Bands (unit, horizon) that the edition one period ago gave to the same target periods; −1 where it did not."""
    risk = pd.DataFrame(before.risk)
    bands = risk[risk["indicator"] == result.indicator].set_index(["unit", "horizon"])[column]
    index = pd.MultiIndex.from_product([result.value["unit"].to_numpy(), result.value["horizon"].to_numpy() + 1])
    codes = bands.reindex(index).map({name: i for i, name in enumerate(BANDS)}).fillna(-1)
    return codes.to_numpy(dtype=np.int8).reshape(result.band.shape)


def _word(level: str) -> str:
    return level.replace("_", " ")
