"""Add integer rows into dense blocks of the grid: what each Dask task does.

A block is one range of periods. Rows are expanded to contributions, one per (row, period, cell), the finest
reporter of each (indicator, cell, period) is kept, and `numpy.bincount` adds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.grid.block_figures import NationalitySums
from pipelines.grid.encode import Axes, Places
from pipelines.grid.row_blocks import RowSeries
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


def aggregate_block(
    figures: pd.DataFrame,
    places: Places,
    grid: Axes,
    span: tuple[int, int],
    *,
    sums: Sequence[NationalitySums] = (),
    series: Sequence[RowSeries] = (),
) -> Block:
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
        sums: Nationalities of the figures that blocks added up, for whichever of these speak.
        series: What the figures' `series` mean.

    Returns:
        The block; the ledger's counts add up to the flow counts of the figures' days inside the span.
    """
    edges = grid.edges[span[0] : span[1] + 1]
    figures = _those(figures, (figures["end"] >= edges[0]) & (figures["start"] < edges[-1]))
    parts = _split_over_time(figures, edges)
    flow = np.array(grid.flows)[parts["indicator"].to_numpy()]
    if (
        not flow.all()
    ):  # a stock is a level: of several readings in a period the last one counts, and time never splits it
        parts["share"] = np.where(flow, parts["share"], 1.0)
        parts["cover"] = np.where(flow, parts["cover"], 1.0)
        parts = parts[flow | _last_reading(parts)]
    placed = places.size[parts["place"]] > 0
    ledger = [_ledger(parts[~placed], places.reasons)]
    shared = _share_out(_those(parts, placed), places)
    shape = (len(grid.indicators), len(grid.cells), span[1] - span[0])
    kept = _finest(shared, shape)
    chosen = _those(shared, kept)
    ledger += [_ledger(shared[~kept], None, SUPERSEDED), _ledger(chosen, None, "")]
    own = [_own_counts(chosen, len(grid.nationalities), shape)]
    own += [_shared_sums(s, chosen, series, grid, span) for s in sums]
    counts, totals = _counts(chosen, own, shape, len(grid.nationalities))
    # days are counted once, however many places reported them; nationalities without their total are no report of it
    days = chosen[chosen["reported"] & chosen["total"] & ~_is_lower_bound(chosen)]
    days = days.sort_values("cover", ascending=False, kind="stable").drop_duplicates(_DAY)  # a whole week, then days
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


def _those(rows: pd.DataFrame, chosen: np.ndarray | pd.Series) -> pd.DataFrame:
    """Some of the rows; a copy only where some are left out."""
    return rows if chosen.all() else rows[chosen]


def _split_over_time(figures: pd.DataFrame, edges: np.ndarray) -> pd.DataFrame:
    """One row per (figure, period) with `time`, `share` of the figure's days and `cover` of the period's days."""
    start, end = figures["start"].to_numpy(), figures["end"].to_numpy()
    first = np.maximum(np.searchsorted(edges, start, side="right") - 1, 0)
    last = np.minimum(np.searchsorted(edges, end, side="right") - 1, len(edges) - 2)
    row, time = _expanded(first, last - first + 1)
    out = figures.copy() if len(row) == len(figures) else figures.iloc[row].copy()
    out["time"] = time
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
    row, entry = _expanded(places.first[place], repeats)
    out = parts.copy() if len(row) == len(parts) else parts.iloc[row].copy()
    out["cell"] = places.cells[entry]
    out["weight"] = places.weights[entry]
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
    days = days.sort_values("cover", ascending=False, kind="stable")
    columns = list(keys)
    sums = days.drop_duplicates([*columns, "start"]).groupby(columns)["cover"].sum().clip(upper=1.0).round(6)
    return sums.reindex(pd.MultiIndex.from_frame(keys)).to_numpy()


def _counts(
    chosen: pd.DataFrame, own: Sequence[tuple[np.ndarray, np.ndarray]], shape: tuple[int, ...], n_nationalities: int
) -> tuple[np.ndarray, np.ndarray]:
    """Counts (indicator, nationality, cell, time) and their TOTAL plane; NaN where nothing was reported.

    `own` are positions in the counts and what nationalities add there.
    """
    indicators, cells, times = shape
    total_rows = chosen[chosen["reported"] & chosen["total"]]
    totals = _sum(total_rows, "amount", shape)
    totals[_sum(total_rows.assign(one=1.0), "one", shape) == 0] = np.nan
    out = np.full((indicators, n_nationalities, cells, times), np.nan)
    position, amount = (np.concatenate(v) for v in zip(*own, strict=True))
    if len(position):
        flat = out.reshape(-1)
        flat[position] = 0.0
        flat += np.bincount(position, weights=amount, minlength=out.size)
        out.swapaxes(0, 1)[:, np.isnan(totals)] = np.nan  # where the total is unknown, a part of it says little
    out[:, 0] = totals
    return out, totals


def _own_counts(chosen: pd.DataFrame, n_nationalities: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions (indicator, nationality, cell, time) and amounts of the rows of single nationalities."""
    own = chosen[chosen["reported"] & chosen["own"]]
    where = tuple(own[c].to_numpy() for c in ("indicator", "nationality", "cell", "time"))
    return np.ravel_multi_index(where, (shape[0], n_nationalities, *shape[1:])), own["amount"].to_numpy(dtype=float)


def _shared_sums(
    sums: NationalitySums, chosen: pd.DataFrame, series: Sequence[RowSeries], grid: Axes, span: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The same of what a block added up, in the cells and periods in which its series speaks."""
    edges = grid.edges[span[0] : span[1] + 1]
    width = len(edges) - 1
    code = {name: i for i, name in enumerate(series)}
    starts = np.array(sums.edges[:-1])
    place, nationality = np.divmod(sums.key, len(sums.nationalities))  # place: series and period
    time = np.where((starts >= edges[0]) & (starts < edges[-1]), np.searchsorted(edges, starts, side="right") - 1, -1)
    of_place = np.array([code[n] for n in sums.names], np.int64)[:, None] * width + time
    of_place[:, time < 0] = len(series) * width  # outside: nobody speaks there
    at = of_place.reshape(-1)[place]
    spoken = chosen[chosen["series"] >= 0].drop_duplicates(["series", "time", "cell"])
    there = (spoken["series"] * width + spoken["time"]).to_numpy()
    order = np.argsort(there, kind="stable")
    size = np.bincount(there, minlength=len(series) * width + 1)
    first = np.cumsum(size) - size
    entry, spoken_at = _expanded(first[at], size[at])
    row = order[spoken_at]
    columns = {c: spoken[c].to_numpy()[row] for c in ("indicator", "cell", "time", "weight")}
    on_axis = np.array([grid.nationalities.index(n) for n in sums.nationalities])
    position = columns["indicator"] * len(grid.nationalities) + on_axis[nationality[entry]]
    position = (position * len(grid.cells) + columns["cell"]) * width + columns["time"]
    return position, sums.count[entry] * columns["weight"]


def _expanded(first: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of ragged stretches `first … first + size`: which stretch each entry is of, and the entry."""
    which = np.repeat(np.arange(len(size)), size)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(size) - size, size) + first[which]


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
    untold = ~rows["reported"] & rows["missing"].isin([_SUPPRESSED, _INVALID])
    return rows["total"] & (rows["lacking"] | in_part | untold)


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
    rows = _those(rows, rows["total"] & rows["count"].notna())
    amount = rows["amount"] if "amount" in rows else rows["count"] * rows["share"]
    code = rows["place"].to_numpy() if reasons else 0
    table = pd.DataFrame({"indicator": rows["indicator"].to_numpy(), "reason": code, "count": amount.to_numpy()})
    table = table.groupby(["indicator", "reason"], as_index=False)["count"].sum()
    names = [reasons[p] for p in table["reason"]] if reasons else reason
    table = table.assign(reason=np.array(names, dtype=object) if reasons else names)
    return table.groupby(["indicator", "reason"], as_index=False)["count"].sum() if reasons else table
