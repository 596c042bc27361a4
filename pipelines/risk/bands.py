"""The published bands: held against flicker by the edition before, raised by stated vulnerability and impact."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forecasting.base.contracts import BANDS
from forecasting.risk.bands import hold_bands, raise_bands
from geo.region.region import Region
from geo.region.risk_inputs import PARTS, Assessment
from geo.region.units import assessments_of, deciding
from pipelines.editions.edition import Edition
from pipelines.forecasts.result import IndicatorForecast

Stated = dict[str, list[Assessment | None]]


def apply_band_rules(result: IndicatorForecast, region: Region, before: Edition | None) -> IndicatorForecast:
    """Apply hysteresis and the pack's rule, and say which decided.

    Args:
        result: With the plain bands of its draws.
        region: Rules, vulnerability and impact.
        before: The edition of the period before; None: nothing is held, and what the replay gave is raised alike.
    """
    units = [str(u) for u in result.value["unit"].to_numpy()]
    stated: Stated = {p: [deciding(assessments_of(region, u, p)) for u in units] for p in PARTS}
    levels = {p: [None if a is None else a.level for a in found] for p, found in stated.items()}
    plain, previous = result.band, np.full_like(result.band, -1)
    if before is not None:
        previous = _published(before, result, "threat_band")
    probability, limits = (result.threat[v].to_numpy() for v in ("rung_probability", "rung_limit"))
    held = hold_bands(plain, previous, probability, limits=limits, margin=region.risk.hysteresis_margin)
    band, reason = raise_bands(held, levels, region.risk)
    shown = raise_bands(result.previous_band, levels, region.risk)[0]
    rule = _rules(result.basis, held > plain, reason, held=held, stated=stated)
    dims = ("unit", "horizon")
    threat = result.threat.assign({"threat_band": (dims, held), "band_rule": (dims, rule), **_codes(levels)})
    return replace(
        result, band=band, threat=threat, previous_band=_published(before, result, "pressure_band") if before else shown
    )


def apply_band_rules_to_nationality(result: IndicatorForecast, region: Region) -> IndicatorForecast:
    """The same for one nationality: its own past alone decides; what was stated of a place is stated of all."""
    return apply_band_rules(result, replace(region, assessments=()), None)


def _published(before: Edition, result: IndicatorForecast, column: str) -> np.ndarray:
    """Bands (unit, horizon) that the edition one period ago gave to the same target periods; −1 where it did not."""
    risk = pd.DataFrame(before.risk)
    chosen = column if column in risk else "pressure_band"  # editions made before bands were raised have one alone
    bands = risk[risk["indicator"] == result.indicator].set_index(["unit", "horizon"])[chosen]
    index = pd.MultiIndex.from_product([result.value["unit"].to_numpy(), result.value["horizon"].to_numpy() + 1])
    codes = bands.reindex(index).map({name: i for i, name in enumerate(BANDS)}).fillna(-1)
    return codes.to_numpy(dtype=np.int8).reshape(result.band.shape)


def _codes(levels: Mapping[str, Sequence[str | None]]) -> dict[str, tuple[str, np.ndarray]]:
    """Levels (unit) as int8, −1 where nothing is stated."""
    return {
        part: ("unit", np.array([-1 if v is None else BANDS.index(v) for v in found], dtype=np.int8))
        for part, found in levels.items()
    }


def _rules(
    basis: np.ndarray, is_held: np.ndarray, reason: np.ndarray, *, held: np.ndarray, stated: Stated
) -> np.ndarray:
    """Which rule decided each band, in words (unit, horizon)."""
    rules = basis.astype(object).copy()
    for u, h in np.argwhere(is_held):
        rules[u, h] += f"; held at {_word(BANDS[held[u, h]])}: its chance is hardly below the limit"
    for u, h in np.argwhere(reason != ""):
        part = str(reason[u, h])
        by = stated[part][u]
        if by is not None:
            rules[u, h] += f"; raised by one: {part} {_word(by.level)} ({by.owner}, {by.as_of})"
    return rules


def _word(level: str) -> str:
    return level.replace("_", " ")
