"""Which rows of a block were known on a day, where deliveries meet: of each figure its newest vintage (design §4.1)."""

from dataclasses import dataclass

import numpy as np

from pipelines.ingest.daily.axes import DailyAxes


@dataclass(frozen=True)
class VintageRule:
    """What counts as known."""

    day: int | None = None  # days since 1970; None: everything there is
    strict: bool = False  # leave figures out whose first vintage is later, or assumed


@dataclass(frozen=True)
class DailyRows:
    """Rows of several parts, all of shape (row,)."""

    figure: np.ndarray  # code of (indicator, nationality, place, day)
    indicator: np.ndarray
    end: np.ndarray  # the figure's day, since 1970
    delivery: np.ndarray
    ingested: np.ndarray  # day of the row's delivery
    as_of: np.ndarray
    assumed: np.ndarray
    adds: np.ndarray  # rows of points: several make up their segment's figure


def known_mask(end: np.ndarray, as_of: np.ndarray, delay: np.ndarray, *, known: VintageRule) -> np.ndarray:
    """Whether rows of a single delivery were known: by their date, or (stand-in) by their period's end plus delay."""
    if known.day is None:
        return np.ones(len(end), dtype=bool)
    seen = as_of <= known.day
    if not known.strict:
        seen |= end + delay <= known.day
    return np.asarray(seen & (end <= known.day))


def newest(rows: DailyRows, axes: DailyAxes, *, known: VintageRule) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows that speak on a day, and every row's date by then.

    A changed value whose date is only assumed was first known on the day it was delivered; a row of a point stands with
    all rows of its figure in the same delivery.
    """
    as_of = _dates(rows)
    order = np.lexsort((rows.delivery, as_of, rows.figure))
    figure, dates = rows.figure[order], as_of[order]
    first = np.flatnonzero(np.r_[True, figure[1:] != figure[:-1]])
    size = np.diff(np.r_[first, len(order)])
    if known.day is None:
        seen = size
        speaks = np.ones(len(first), dtype=bool)
    else:
        seen = np.add.reduceat(dates <= known.day, first)
        opening = order[first]
        stand_in = rows.end[opening] + np.array(axes.delays)[rows.indicator[opening]] <= known.day
        speaks = ((seen > 0) | (stand_in & (not known.strict))) & (rows.end[opening] <= known.day)
    best = np.repeat(order[first + np.maximum(seen - 1, 0)], size)
    with_best = (rows.delivery[order] == rows.delivery[best]) & (dates == as_of[best])
    chosen = np.where(rows.adds[order], with_best, order == best) & np.repeat(speaks, size)
    return order[chosen], as_of


def _dates(rows: DailyRows) -> np.ndarray:
    """Date of every row; an assumed one of a figure that an earlier delivery holds is the day of its own delivery."""
    order = np.lexsort((rows.delivery, rows.figure))
    figure, delivery = rows.figure[order], rows.delivery[order]
    first = np.maximum.accumulate(np.where(np.r_[True, figure[1:] != figure[:-1]], np.arange(len(order)), 0))
    revises = np.empty(len(order), dtype=bool)
    revises[order] = delivery != delivery[first]
    as_of = rows.as_of.astype(np.int64)
    return np.where(revises & rows.assumed, np.maximum(as_of, rows.ingested), as_of)
