"""Add integer rows into dense blocks of the grid: what each Dask task does.

A block is one range of periods. Rows are expanded to contributions, one per (row, period, cell), the finest
reporter of each (indicator, cell, period) is kept, and `numpy.bincount` adds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.grid.encode import Axes, Places
from pipelines.grid.temporal_disaggregation import LENGTH_DAYS
from pipelines.observations.schema import MISSING_REASONS, REASON_ORDER

_DAY = ["indicator", "cell", "time", "start"]
_CLOSED = MISSING_REASONS.index("closed") + 1
_INVALID = MISSING_REASONS.index("invalid") + 1
_SUPPRESSED = MISSING_REASONS.index("suppressed") + 1
_CODE = np.array([0, *(MISSING_REASONS.index(name) + 1 for name in REASON_ORDER)], dtype=np.uint8)
_STANDING = np.argsort(_CODE)  # of each code: of several reasons, the one that stands highest is told
SUPERSEDED = "superseded by a finer or newer report of the same cell and period"


@dataclass(frozen=True)
class Block:
    """One range of periods of the cube, and where its counts went."""

    count: np.ndarray  # (indicator, nationality, cell, time) float64, NaN = unknown
    missing: np.ndarray  # (indicator, cell, time) uint8 reason code, 0 = reported
    coverage: np.ndarray  # (indicator, cell, time) float32 in [0, 1]
    allocated: np.ndarray  # (indicator, cell, time) float32 in [0, 1]
    ledger: pd.DataFrame  # indicator (code), reason ("" = on the grid), count
    completion: np.ndarray | None = None  # (indicator, cell, time) float32, counts still expected; may be negative
    completion_sd: np.ndarray | None = None  # (indicator, cell, time) float32, standard deviation of its error


def aggregate_block(figures: pd.DataFrame, places: Places, grid: Axes, span: tuple[int, int]) -> Block:
    """Aggregate the figures that touch periods `span` = [first, last).

    A figure that is only known to be below a bound (`<5`) is unknown, at any grain: it adds no count to the cells that
    it feeds, and a total of which it is a part is no full report of its days (`coverage`). The bound stays with the
    observation and is summed up in the quality report.

    Args:
        figures: Output of `encode.resolve_totals` (one row per figure, flags `total` and `own`); where
            `nowcast.add_completion` went before, with `added` and `added_sd`.
        places: Cells and weights by place code.
        grid: The axes.
        span: Positions on the grid's time axis.

    Returns:
        The block; the ledger's counts add up to the flow counts of the figures' days inside the span.
    """
    edges = grid.edges[span[0] : span[1] + 1]
    figures = figures[(figures["end"] >= edges[0]) & (figures["start"] < edges[-1])]
    parts = _split_over_time(figures, edges)
    # a stock is a level: of several readings in a period the last one counts, and time never splits it
    flow = np.array(grid.flows)[parts["indicator"].to_numpy()]
    parts["share"] = np.where(flow, parts["share"], 1.0)
    parts["cover"] = np.where(flow, parts["cover"], 1.0)
    parts = parts[flow | _last_reading(parts)]
    ledger = [_ledger(parts[places.size[parts["place"]] == 0], places.reasons)]
    shared = _share_out(parts[places.size[parts["place"]] > 0], places)
    shape = (len(grid.indicators), len(grid.cells), span[1] - span[0])
    kept = _finest(shared, shape)
    ledger += [_ledger(shared[~kept], None, SUPERSEDED), _ledger(shared[kept], None, "")]
    chosen = shared[kept]
    counts, totals = _counts(chosen, shape, len(grid.nationalities))
    # days are counted once, however many places reported them; nationalities without their total are no report of it
    days = chosen[chosen["reported"] & chosen["total"] & ~_is_lower_bound(chosen)]
    days = days.drop_duplicates(_DAY)
    coverage = np.minimum(_sum(days, "cover", shape), 1.0)
    planes = {
        "coverage": np.where(np.isnan(totals), 0.0, coverage).astype(np.float32),
        "allocated": _allocated_share(chosen, totals, shape),
        "missing": _missing(chosen, totals, shape),
        **_completion(chosen, totals, shape),
    }
    flows = pd.Series(grid.flows)
    book = pd.concat(ledger, ignore_index=True)
    return Block(count=counts, ledger=book[flows[book["indicator"]].to_numpy()], **planes)


def _split_over_time(figures: pd.DataFrame, edges: np.ndarray) -> pd.DataFrame:
    """One row per (figure, period) with `time`, `share` of the figure's days and `cover` of the period's days."""
    start, end = figures["start"].to_numpy(), figures["end"].to_numpy()
    first = np.maximum(np.searchsorted(edges, start, side="right") - 1, 0)
    last = np.minimum(np.searchsorted(edges, end, side="right") - 1, len(edges) - 2)
    repeats = last - first + 1
    out = figures.iloc[np.repeat(np.arange(len(figures)), repeats)].copy()
    offset = np.arange(len(out)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    out["time"] = np.repeat(first, repeats) + offset
    time = out["time"].to_numpy()
    overlap = np.minimum(out["end"].to_numpy() + 1, edges[time + 1]) - np.maximum(out["start"].to_numpy(), edges[time])
    out["share"] = overlap / (out["end"].to_numpy() + 1 - out["start"].to_numpy())
    out["cover"] = overlap / (edges[time + 1] - edges[time])
    return out


def _last_reading(parts: pd.DataFrame) -> np.ndarray:
    """Whether a row is the last reported one of its (indicator, place, nationality, source, period)."""
    keys = ["indicator", "place", "nationality", "source", "time"]
    newest = parts["end"].where(parts["count"].notna(), -1)
    return (newest == newest.groupby([parts[k] for k in keys]).transform("max")).to_numpy()


def _share_out(parts: pd.DataFrame, places: Places) -> pd.DataFrame:
    """One row per (figure, period, cell).

    `part` = time share × weight, `amount` = count × part; `reported` = it has a count.
    """
    place = parts["place"].to_numpy()
    repeats = places.size[place]
    out = parts.iloc[np.repeat(np.arange(len(parts)), repeats)].copy()
    offset = np.arange(len(out)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    entry = np.repeat(places.first[place], repeats) + offset
    out["cell"] = places.cells[entry]
    out["part"] = out["share"].to_numpy() * places.weights[entry]
    out["amount"] = out["count"].to_numpy() * out["part"].to_numpy()
    out["reported"] = out["count"].notna()
    out["shared_out"] = (np.repeat(repeats, repeats) > 1) | (out["share"] < 1)
    if "piece" in out:  # of a coarser figure, shared out over time already
        out["shared_out"] |= out["piece"]
    return out


def _finest(shared: pd.DataFrame, shape: tuple[int, ...]) -> np.ndarray:
    """Which contributions come from the reporter that speaks for their (indicator, cell, period); never two of them.

    Precedence: a reporter with a figure over one without; the finer place kind; final over preliminary; the newer
    report. Of one source's figures of several lengths (a week and its days) each of its places has its own: those that
    cover more, then the finer.
    """
    shared = shared.reset_index(drop=True)
    length = shared["days"].to_numpy() - 1 if "days" in shared else (shared["end"] - shared["start"]).to_numpy()
    keys = pd.DataFrame({"where": _positions(shared, shape), "rank": shared["rank"].to_numpy()})
    keys["source"], keys["length"] = shared["source"].to_numpy(), np.digitize(length + 1, LENGTH_DAYS)
    reporters = keys.drop_duplicates()["where"]
    contested = keys["where"].isin(reporters[reporters.duplicated()]).to_numpy()  # mostly few
    speaks = np.ones(len(keys), dtype=bool)
    if contested.any():
        speaks[contested] = _first_choice(shared[contested], keys[contested])
    return speaks


def _first_choice(shared: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    reporters = _precedence(shared, keys)
    best = reporters.sort_values([*_RANKED, "source", *_LENGTH], kind="stable").drop_duplicates("where")
    picked = best.set_index("where")[["rank", "source"]].reindex(reporters["where"]).to_numpy()
    speaks = (picked == reporters[["rank", "source"]].to_numpy()).all(axis=1)
    of_place = keys[speaks].assign(place=shared["place"].to_numpy()[speaks])
    series = _precedence(shared[speaks], of_place)
    best = series.sort_values([*_RANKED, *_LENGTH], kind="stable").drop_duplicates(["where", "place"])
    picked = best.set_index(["where", "place"])["length"].reindex(pd.MultiIndex.from_frame(series[["where", "place"]]))
    speaks[speaks] = picked.to_numpy() == series["length"].to_numpy()
    return speaks


_RANKED = ("where", "silent", "rank", "draft", "age")
_LENGTH = ("uncovered", "length")


def _precedence(shared: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """What decides between the reporters that `keys` tells apart, smaller first."""
    by = [keys[k] for k in keys]
    speaks = shared["reported"] & shared["total"]
    return keys.assign(
        silent=~speaks.groupby(by).transform("any").to_numpy(),
        draft=shared["draft"].groupby(by).transform("max").to_numpy(),
        age=-shared["as_of"].groupby([keys["where"], keys["rank"], keys["source"]]).transform("max").to_numpy(),
        uncovered=-_covered(shared, keys),
    )


def _covered(shared: pd.DataFrame, keys: pd.DataFrame) -> np.ndarray:
    """Share of the period that each reporter's figures of one length cover, however many places or nationalities."""
    days = keys.assign(start=shared["start"].to_numpy(), cover=shared["cover"].to_numpy())
    columns = list(keys)
    sums = days.drop_duplicates([*columns, "start"]).groupby(columns)["cover"].sum().clip(upper=1.0).round(6)
    return sums.reindex(pd.MultiIndex.from_frame(keys)).to_numpy()


def _counts(chosen: pd.DataFrame, shape: tuple[int, ...], n_nationalities: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts (indicator, nationality, cell, time) and their TOTAL plane; NaN where nothing was reported."""
    indicators, cells, times = shape
    out = np.full((indicators, n_nationalities, cells, times), np.nan)
    reported = chosen[chosen["reported"]]
    own = reported[reported["own"]]
    position = np.ravel_multi_index(
        tuple(own[c].to_numpy() for c in ("indicator", "nationality", "cell", "time")), out.shape
    )
    sums = np.bincount(position, weights=own["amount"].to_numpy(), minlength=out.size)
    seen = np.bincount(position, minlength=out.size) > 0
    out.reshape(-1)[seen] = sums[seen]
    total_rows = reported[reported["total"]]
    totals = _sum(total_rows, "amount", shape)
    totals[_sum(total_rows.assign(one=1.0), "one", shape) == 0] = np.nan
    out = np.where(np.isnan(totals)[:, None], np.nan, out)  # where the total is unknown, a part of it says little
    out[:, 0] = totals
    return out, totals


def _is_lower_bound(chosen: pd.DataFrame) -> np.ndarray:
    """Whether a part of the row's total on its day was printed as `<5` or the like, refused, or not told beside others.

    What the other parts add up to is then a lower bound, not the total: such a day counts as not reported.
    """
    hidden = _hidden(chosen)
    if not hidden.any():
        return np.zeros(len(chosen), dtype=bool)
    return hidden.groupby([chosen[k] for k in _DAY]).transform("any").to_numpy()


def _hidden(rows: pd.DataFrame) -> pd.Series:
    """Rows that feed a total and leave it a lower bound; a count with a reason is one itself."""
    in_part = rows["reported"] & (rows["missing"] > 0) & (rows["missing"] != _CLOSED)
    untold = rows["missing"].isin([_SUPPRESSED, _INVALID]) | rows["lacking"]
    return rows["total"] & (in_part | (~rows["reported"] & untold))


def _allocated_share(chosen: pd.DataFrame, totals: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Share of each total that weights or time shared out; of a zero, whether any of its reports were."""
    rows = chosen[chosen["reported"] & chosen["total"]]
    amount = _sum(rows[rows["shared_out"]], "amount", shape)
    any_shared = _sum(rows[rows["shared_out"]].assign(one=1.0), "one", shape) > 0
    known = ~np.isnan(totals)
    share = np.where(any_shared, 1.0, 0.0)
    positive = known & (totals > 0)
    share[positive] = amount[positive] / totals[positive]
    return np.where(known, share, 0.0).astype(np.float32)


def _completion(chosen: pd.DataFrame, totals: np.ndarray, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """What the nowcast adds to each total, and its standard deviation (errors of single figures are independent)."""
    if "added" not in chosen:
        return {name: np.zeros(shape, dtype=np.float32) for name in ("completion", "completion_sd")}
    rows = chosen[chosen["reported"] & chosen["total"]]
    rows = rows.assign(added=rows["added"] * rows["part"], variance=(rows["added_sd"] * rows["part"]) ** 2)
    known = ~np.isnan(totals)
    sums = {"completion": _sum(rows, "added", shape), "completion_sd": np.sqrt(_sum(rows, "variance", shape))}
    return {name: np.where(known, values, 0.0).astype(np.float32) for name, values in sums.items()}


def _missing(chosen: pd.DataFrame, totals: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Reason code where the total is unknown or a part of it is not told: the one stated, else 1 (not reported)."""
    silent = chosen[chosen["total"] & (chosen["missing"] > 0)]
    stated = np.zeros(int(np.prod(shape)), dtype=np.int64)
    np.maximum.at(stated, _positions(silent, shape), _STANDING[silent["missing"].to_numpy(dtype=np.int64)])
    hidden = np.zeros(shape, dtype=bool)
    hidden.reshape(-1)[_positions(silent[_hidden(silent)], shape)] = True
    reasons = _CODE[np.maximum(stated, 1)].reshape(shape)
    return np.where(np.isnan(totals) | hidden, reasons, np.uint8(0)).astype(np.uint8)


def _sum(rows: pd.DataFrame, column: str, shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    sums = np.bincount(_positions(rows, shape), weights=rows[column].to_numpy(dtype=float), minlength=size)
    return sums.astype(float).reshape(shape)  # bincount of no rows gives integers


def _positions(rows: pd.DataFrame, shape: tuple[int, ...]) -> np.ndarray:
    return np.ravel_multi_index(tuple(rows[c].to_numpy() for c in ("indicator", "cell", "time")), shape)


def _ledger(rows: pd.DataFrame, reasons: tuple[str, ...] | None, reason: str = "") -> pd.DataFrame:
    """Counts of the rows that feed totals, by indicator and reason."""
    rows = rows[rows["total"] & rows["count"].notna()]
    amount = rows["amount"] if "amount" in rows else rows["count"] * rows["share"]
    names = [reasons[p] for p in rows["place"]] if reasons else [reason] * len(rows)
    table = pd.DataFrame({"indicator": rows["indicator"].to_numpy(), "reason": names, "count": amount.to_numpy()})
    return table.groupby(["indicator", "reason"], as_index=False)["count"].sum()
