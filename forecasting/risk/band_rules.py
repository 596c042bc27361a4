"""From the forecast's bands to the published ones: held against flicker, raised by what planners stated (CIRAM).

Threat, vulnerability and impact stand side by side. The band comes from the threat; a pack's rule may raise it by
one for a stated vulnerability or impact, and the rule that decided is said.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from forecasting.base.contracts import BANDS
from geo.region.region import RiskRules

NO_BAND = -1


def bands_of(probability: np.ndarray, limits: np.ndarray, *, margin: float = 0.0) -> np.ndarray:
    """The highest band whose limit is reached: 0 low … 3 very high.

    Args:
        probability: Of each rung, moderate to very high (rung, unit, horizon); NaN counts as not reached.
        limits: Probability that each rung asks for (rung, unit).
        margin: How far below its limit a rung still counts as reached.

    Returns:
        int (unit, horizon).
    """
    reached = np.nan_to_num(probability, nan=-1.0) >= limits[:, :, None] - margin - 1e-12
    result: np.ndarray = (reached * np.arange(1, len(limits) + 1)[:, None, None]).max(axis=0)
    return result


def hold_bands(
    bands: np.ndarray, previous: np.ndarray, probability: np.ndarray, *, limits: np.ndarray, margin: float
) -> np.ndarray:
    """Bands with hysteresis: one falls only once its probability is below the limit by the margin.

    A rise is never delayed: what is held is at least the plain band.

    Args:
        bands: Plain bands (unit, horizon), −1 none.
        previous: What the edition before published for the same target periods, from the threat alone; −1 unknown.
        probability: (rung, unit, horizon) as in `bands_of`.
        limits: (rung, unit).
        margin: In probability.

    Returns:
        int8 (unit, horizon); where there was no band, or is none now, the plain one.
    """
    lenient = bands_of(probability, limits, margin=margin)
    held = np.maximum(bands, np.minimum(previous, lenient))
    return np.where((bands == NO_BAND) | (previous == NO_BAND), bands, held).astype(np.int8)


def raise_bands(
    bands: np.ndarray, stated: Mapping[str, Sequence[str | None]], rules: RiskRules
) -> tuple[np.ndarray, np.ndarray]:
    """Raise by one band where a stated vulnerability or impact reaches the pack's level for it.

    Several reasons raise once. A band below `rules.raise_from` stays: where no threat is forecast, a weak place is
    not under pressure. More threat never lowers the result.

    Args:
        bands: From the threat (unit, horizon), −1 none.
        stated: "vulnerability", "impact" → level of each unit, None where nobody stated one.
        rules: The pack's.

    Returns:
        Bands int8 (unit, horizon), and which part raised them: str (unit, horizon), "" where none did.
    """
    reason = np.full(len(bands), "", dtype=object)
    for part, asked in (("impact", rules.raise_by_impact), ("vulnerability", rules.raise_by_vulnerability)):
        if asked is not None:
            reaches = [level is not None and BANDS.index(level) >= BANDS.index(asked) for level in stated[part]]
            reason[reaches] = part
    can = (bands >= BANDS.index(rules.raise_from)) & (bands < len(BANDS) - 1)
    lifted = can & (reason != "")[:, None]
    return (bands + lifted).astype(np.int8), np.where(lifted, reason[:, None], "")
