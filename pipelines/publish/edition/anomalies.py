"""Sudden jumps and level shifts of the last year, flagged for a person to look at; nothing is ever mended silently."""

from typing import Any

import numpy as np
import pandas as pd

JUMP_SCORE = 5.0  # robust standard deviations of the changes from one period to the next
MIN_CHANGE = 20.0  # counts; smaller ones are the noise of small places
SHIFT_FACTOR = 2.0
SHIFT_SCORE = 4.0
WINDOW = 8  # periods on either side of a level shift
_TO_SD = 1.4826  # median absolute deviation to standard deviation of a normal


def flag_anomalies(counts: np.ndarray, times: pd.DatetimeIndex, *, recent: int) -> list[dict[str, Any]]:
    """Jumps and the largest level shift of one series.

    A jump is a change of log1p counts beyond `JUMP_SCORE` robust standard deviations (median absolute deviation) of the
    series' changes. A level shift is a change of the median over `WINDOW` periods by `SHIFT_FACTOR` at least
    and by `SHIFT_SCORE` times the spread within the two windows.

    Args:
        counts: Reported counts (time,), NaN unknown.
        times: First days of the periods.
        recent: How many of the newest periods are looked at.

    Returns:
        `kind, period, before, after`, oldest first.
    """
    logs = np.log1p(counts)
    first = max(len(counts) - recent, 1)
    changes = np.diff(logs)
    spread = max(_TO_SD * _median(np.abs(changes - _median(changes))), 0.1)
    found = []
    for t in range(first, len(counts)):
        far = abs(changes[t - 1]) > JUMP_SCORE * spread and abs(counts[t] - counts[t - 1]) >= MIN_CHANGE
        if far:
            found.append(_flag("jump", times[t], counts[t - 1], counts[t]))
    return [*found, *_level_shift(counts, times, first=first)]


def _level_shift(counts: np.ndarray, times: pd.DatetimeIndex, *, first: int) -> list[dict[str, Any]]:
    logs = np.log1p(counts)
    best: tuple[float, int] | None = None
    for t in range(max(first, WINDOW), len(counts) - WINDOW + 1):
        before, after = logs[t - WINDOW : t], logs[t : t + WINDOW]
        if np.isnan(before).sum() > WINDOW // 4 or np.isnan(after).sum() > WINDOW // 4:
            continue
        step = abs(_median(after) - _median(before))
        within = np.concatenate([np.abs(w - _median(w)) for w in (before, after)])
        score = step / max(_TO_SD * _median(within), 0.1)
        counted = abs(np.expm1(_median(after)) - np.expm1(_median(before))) >= MIN_CHANGE
        if counted and step >= np.log(SHIFT_FACTOR) and score >= SHIFT_SCORE and (best is None or score > best[0]):
            best = score, t
    if best is None:
        return []
    t = best[1]
    return [_flag("level shift", times[t], _median(counts[t - WINDOW : t]), _median(counts[t : t + WINDOW]))]


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _flag(kind: str, period: pd.Timestamp, before: float, after: float) -> dict[str, Any]:
    return {"kind": kind, "period": f"{period:%Y-%m-%d}", "before": float(before), "after": float(after)}
