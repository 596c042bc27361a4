"""Recent figures completed from the vintages: which earlier figures teach, and what is added to which figure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.adjust.nowcast import Completion, Pairs, complete, learn_completion
from pipelines.grid.encode import Rows

MAX_AGE_DAYS = 122  # older figures are taken as they are
MAX_PAIRS = 5000  # the newest that teach one class
SETTLED_DAYS = (30, 180)  # what a figure became is read once nearly all revisions came, within these limits
SETTLED_SHARE = 0.95
LEVEL_FIGURES = 8  # figures before that make a series' level
_TOLD = np.array([0, 1, 2, 4, 8, 15, 29, 57])  # days from a figure's end to its vintage, lower edges of classes
_AGES = np.array([0, 1, 2, 4, 8, 15, 22, 29, 36, 50, 64, 92])  # days from a figure's end to the day in question
_NEVER = np.iinfo(np.int64).max
_SERIES = ["source", "indicator", "place", "nationality", "length"]
_CLASS = ["source", "indicator", "length", "told"]
_TAUGHT = ["count", "final", "level", "place", "nationality", "end", "replaced"]


@dataclass(frozen=True)
class AgeClass:
    """Figures of one source, indicator, length and age, and what earlier ones of their kind taught."""

    source: str
    indicator: str
    days: int  # length of the figures' period
    told_after_days: int  # lower edge: from the period's end to the vintage
    age_days: int  # lower edge: from the period's end to the day in question
    figures: int  # recent ones of this class
    completion: Completion


def add_completion(figures: pd.DataFrame, rows: Rows, day: int | None) -> tuple[pd.DataFrame, list[AgeClass]]:
    """Add to each figure what is still expected of it.

    Only reports known on the day teach: of each class (source, indicator, length, days until told, age) the figures
    that stood so at that age, and what they became. Where a source tells figures again, a figure that never was is no
    evidence; where it sends changes alone, a figure is final once 95 % of the source's revisions usually are in.

    Args:
        figures: Figures as known on the day (`encode.known_at`).
        rows: All vintages, and when figures were told again unchanged.
        day: Days since 1970; None: the newest `as_of`.

    Returns:
        The figures with `added` (counts, may be negative) and `added_sd`, 0 where nothing is known; and the classes.
    """
    out = figures.assign(added=0.0, added_sd=0.0)
    if rows.frame.empty:
        return out, []
    day = int(rows.frame["as_of"].max()) if day is None else day
    recent = out[_young(out, day)]
    told = _reports(rows, set(recent["source"]), day)
    if recent.empty or told.empty:
        return out, []
    newest = told[told["replaced"] == _NEVER].set_index("figure")
    recent = recent.join(newest[["length", "told", "level"]], on="figure")
    recent["age"] = _class_of(day - recent["end"].to_numpy(), _AGES)
    teaching = told.loc[_followed(told, day), [*_CLASS, *_TAUGHT]].sort_values(
        ["end", "place", "nationality"], kind="stable"
    )
    learners = {key: {c: group[c].to_numpy() for c in _TAUGHT} for key, group in teaching.groupby(_CLASS)}
    classes, added, added_sd = [], np.zeros(len(out)), np.zeros(len(out))
    position = out.index.get_indexer(recent.index)
    count, level, place = (recent[c].to_numpy() for c in ("count", "level", "place"))
    for key, own in sorted(recent.groupby([*_CLASS, "age"]).indices.items()):
        if key[:4] not in learners:
            continue
        completion = learn_completion(_pairs(learners[key[:4]], age=int(_AGES[key[4]])))
        expected, sd = complete(completion, count[own], level[own], place[own])
        added[position[own]], added_sd[position[own]] = expected - count[own], sd
        edges = int(_TOLD[key[3]]) if key[3] >= 0 else -1, int(_AGES[key[4]])
        names = rows.sources[key[0]], rows.indicators[key[1]]
        classes.append(AgeClass(*names, int(key[2]), *edges, len(own), completion))
    return out.assign(added=added, added_sd=added_sd), classes


def _young(figures: pd.DataFrame, day: int) -> np.ndarray:
    age = day - figures["end"].to_numpy()
    real = ~figures["assumed"].to_numpy() & (figures["as_of"].to_numpy() <= day)
    return (age >= 0) & (age <= MAX_AGE_DAYS) & real & figures["count"].notna().to_numpy()


def _reports(rows: Rows, sources: set[int], day: int) -> pd.DataFrame:
    """Every report of a figure up to the day, changed or not: when the next came, and what the figure became."""
    frame = rows.frame
    frame = frame[(frame["as_of"] <= day) & ~frame["assumed"] & frame["count"].notna() & frame["source"].isin(sources)]
    seen = _with_confirmations(frame, rows.confirmed, day)
    figure, as_of = seen["figure"].to_numpy(), seen["as_of"].to_numpy()
    last = np.append(figure[1:] != figure[:-1], True)[: len(figure)]
    newest = seen.loc[last, ["figure", "count"]].set_index("figure")["count"]
    length = seen["end"].to_numpy() - seen["start"].to_numpy() + 1
    out = seen.assign(
        length=np.select([length == 1, length == 7, length <= 31], [1, 7, 31], 92),
        told=_class_of(as_of - seen["end"].to_numpy(), _TOLD),
        final=newest.reindex(figure).to_numpy(),
        replaced=np.where(last, _NEVER, np.append(as_of[1:], _NEVER)[: len(as_of)]),
    )
    return out.assign(level=_levels(out, last))


def _with_confirmations(frame: pd.DataFrame, confirmed: pd.DataFrame | None, day: int) -> pd.DataFrame:
    """Vintages and confirmations by figure and day; a confirmation repeats the vintage before it."""
    frame = frame.assign(again=False)
    if confirmed is not None:
        about = frame.drop_duplicates("figure")
        again = confirmed[confirmed["as_of"] <= day].merge(about.drop(columns="as_of"), on="figure")
        frame = pd.concat([frame, again.assign(again=True, count=np.nan)[frame.columns]], ignore_index=True)
    frame = frame.sort_values(["figure", "as_of", "again"], kind="stable").drop_duplicates(["figure", "as_of"])
    counts = frame.groupby("figure", sort=False)["count"].ffill()
    return frame.assign(count=counts)[counts.notna()]


def _followed(told: pd.DataFrame, day: int) -> np.ndarray:
    """Reports of which it is known what their figure became."""
    confirms = told["again"].groupby([told["source"], told["indicator"]]).transform("any")
    later = told["replaced"] < _NEVER
    until = (told["replaced"] - told["as_of"]).where(later)
    usual = until.groupby([told["source"], told["indicator"]]).transform("quantile", q=SETTLED_SHARE)
    settled = told["as_of"] <= day - usual.fillna(0).clip(*SETTLED_DAYS)
    return np.where(confirms, later, settled)


def _levels(told: pd.DataFrame, last: np.ndarray) -> np.ndarray:
    """Geometric mean of the `LEVEL_FIGURES` figures before each one in its series (counts + 1); NaN for the first."""
    figures = told[last].sort_values([*_SERIES, "end"], kind="stable")
    series = figures.groupby(_SERIES, sort=False).ngroup().to_numpy()
    before = np.append(0.0, np.cumsum(np.log1p(figures["final"].to_numpy())))
    at = np.arange(len(figures))
    first = np.maximum(np.searchsorted(series, series), at - LEVEL_FIGURES)
    with np.errstate(invalid="ignore"):
        means = (before[at] - before[first]) / (at - first)
    by_figure = pd.Series(np.expm1(means), index=figures["figure"].to_numpy())
    return by_figure.reindex(told["figure"].to_numpy()).to_numpy()


def _pairs(told: Mapping[str, np.ndarray], *, age: int) -> Pairs:
    """Reports (columns `_TAUGHT`) that still were the newest at an age; they come oldest first."""
    stood = np.flatnonzero(told["replaced"] - told["end"] > age)[-MAX_PAIRS:]
    return Pairs(*(told[c][stood] for c in ("count", "final", "level", "place", "end")))


def _class_of(days: np.ndarray, edges: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.searchsorted(edges, days, side="right") - 1
    return found
