"""Nationalities of one place and day made into a total, with its vintages: the rules of `encode.resolve_totals`, dense.

A group is what one source says of one indicator, place and day: a published total, nationalities, or both. Mostly its
rows became known at once; then it has one state. Where they did not, it has one for each day on which a row of it
became known.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from pipelines.grid.row_blocks import REASONS, CodedRows
from pipelines.observations.schema import MISSING_REASONS

_CLOSED, _INVALID, _SUPPRESSED = (REASONS.index(r) for r in ("closed", "invalid", "suppressed"))
_REASON_CODES = np.array([0, *(MISSING_REASONS.index(name) + 1 for name in REASONS[1:])])  # as in `Rows.frame`


@dataclass(frozen=True)
class Knowledge:
    """What counts as known."""

    day: int | None = None  # days since 1970; None: everything there is
    strict: bool = False  # no stand-ins: a figure whose first vintage is later is not known


@dataclass(frozen=True)
class GroupSums:
    """What the rows of each code add up to, shape (code,)."""

    count: np.ndarray  # NaN = unknown
    missing: np.ndarray  # reason, position in `REASONS`
    lacking: np.ndarray  # what was added up is a lower bound
    told: np.ndarray  # there is any row
    draft: np.ndarray
    assumed: np.ndarray
    as_of: np.ndarray  # newest
    rest: np.ndarray  # a published total less its nationalities; 0 where one of the two is not known

    def only(self, chosen: np.ndarray) -> "GroupSums":
        """Some of the codes."""
        return GroupSums(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def add_up(rows: CodedRows, code: np.ndarray, size: int) -> GroupSums:
    """Add the rows of each code (int64 in [0, size)) up; see `Adder`."""
    adder = Adder(size)
    adder.add(rows, code, due=None)
    return adder.sums()


class Adder:
    """Dense planes by code that rows are added into, piece by piece so that they stay in the processor's cache.

    A published total is not added to its nationalities, it stands for them. Codes whose rows became known on different
    days, or came in different batches, are `mixed`: their sums mean nothing.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.parts, self.whole = _Planes(size), _Planes(0)
        self.draft, self.assumed, self.mixed = (np.zeros(size, dtype=bool) for _ in range(3))
        self.as_of = np.full(size, -1, dtype=np.int64)
        self.batch = np.full(size, -1, dtype=np.int32)

    def add(self, rows: CodedRows, code: np.ndarray, *, due: np.ndarray | None) -> None:
        """Add rows.

        Args:
            rows: The rows, of one batch where `due` is given.
            code: Of each row, int64.
            due: Of each code, the day on which it is usually told; None: nothing is mixed, the newest day is kept.
        """
        if not len(rows):
            return
        if rows.with_totals:
            if not len(self.whole.count):
                self.whole = _Planes(self.size)
            total = rows.nationality == 0
            own, others = np.flatnonzero(total), np.flatnonzero(~total)
            told = self.whole.add(code[own], rows.count[own], rows.missing[own])
            told |= self.parts.add(code[others], rows.count[others], rows.missing[others])
        else:
            told = self.parts.add(code, rows.count, rows.missing)
        _mark(self.draft, rows.draft, code, told)
        _mark(self.assumed, rows.assumed, code, told)
        if due is None:
            np.maximum.at(self.as_of, code, rows.as_of.astype(np.int64))
        else:
            self._date(rows, code, told, due)

    def _date(self, rows: CodedRows, code: np.ndarray, told: np.ndarray, due: np.ndarray) -> None:
        as_of = due
        if (np.take(due.astype(np.int32), code, mode="clip") != rows.as_of).any():
            as_of = np.full(self.size, -1, dtype=np.int64)
            as_of[code] = rows.as_of
            self.mixed[code[as_of[code] != rows.as_of]] = True
        again = told & (self.batch >= 0)
        self.mixed |= again & ((self.batch != rows.batch[0]) | (self.as_of != as_of))
        self.as_of = np.where(told, np.maximum(as_of, self.as_of), self.as_of)
        self.batch[told] = rows.batch[0]

    def sums(self) -> GroupSums:
        """What was added up."""
        parts, whole = self.parts, self.whole
        # a nationality without a figure beside others that have one
        bound = parts.bound | (parts.known & parts.silent)
        count, standing, told = np.where(parts.known, parts.count, np.nan), parts.standing, parts.told
        rest = np.zeros(self.size)
        if len(whole.count):
            published = np.where(whole.known, whole.count, np.nan)
            rest = np.nan_to_num(published - count)
            count = np.where(whole.told, published, count)
            standing = np.where(whole.told, whole.standing, standing)
            bound = np.where(whole.told, whole.bound, bound)
            told = whole.told | told
        return GroupSums(count, standing, bound, told, self.draft, self.assumed, self.as_of, rest)


def _mark(plane: np.ndarray, flags: np.ndarray, code: np.ndarray, told: np.ndarray) -> None:
    if flags.strides == (0,):
        plane |= told & bool(flags[0])
    else:
        plane[code[flags]] = True


class _Planes:
    """GroupSums of the published totals, or of the nationalities, shape (code,)."""

    def __init__(self, size: int) -> None:
        self.count = np.zeros(size)
        self.told, self.known = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
        self.standing = np.zeros(size, np.uint8)  # of several reasons, the one that stands
        self.bound, self.silent = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)

    def add(self, code: np.ndarray, count: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Add rows; gives back which codes they told of."""
        size = len(self.count)
        told = np.zeros(size, dtype=bool)
        told[code] = True
        self.told |= told
        stated = np.zeros(0, np.int64)
        if missing.strides != (0,) or missing[:1].any():
            stated = np.flatnonzero(missing)
        if not len(stated):
            self.count += np.bincount(code, count, size)
            self.known |= told
            return told
        gap = np.isnan(count)
        self.count += np.bincount(code, np.where(gap, 0.0, count), size)
        self.known[code[~gap]] = True
        at, why, gap = code[stated], missing[stated], gap[stated]
        np.maximum.at(self.standing, at, why)
        self.bound[at[(~gap & (why != _CLOSED)) | (gap & ((why == _SUPPRESSED) | (why == _INVALID)))]] = True
        self.silent[at[gap & (why != _CLOSED)]] = True
        return told


@dataclass(frozen=True)
class Vintages:
    """Rows of groups that were told in parts, in the order of their figures and days."""

    rows: CodedRows
    group: np.ndarray  # (row,)
    figure: np.ndarray  # (row,) ascending
    due: np.ndarray  # (row,) day from which a figure is known, if not before

    @classmethod
    def of(cls, rows: CodedRows, group: np.ndarray, due: np.ndarray) -> "Vintages":
        """Sort rows by figure (group, nationality, coordinates) and day; equal days stay in the order of ingestion."""
        order = np.lexsort((rows.as_of, rows.lat, rows.lon, rows.nationality, group))
        rows, group, due = rows.only(order), group[order], due[order]
        keys = [group, rows.nationality, np.nan_to_num(rows.lon, nan=-999.0), np.nan_to_num(rows.lat, nan=-999.0)]
        first = np.logical_or.reduce([np.r_[True, k[1:] != k[:-1]] for k in keys]) if len(rows) else np.zeros(0, bool)
        return cls(rows, group, np.cumsum(first) - 1, due)

    def known(self, at: pd.DataFrame, *, strict: bool) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the rows that stand at events, and the event of each.

        Args:
            at: One row per event: `group`, `day`.
            strict: No stand-ins.
        """
        first = np.flatnonzero(np.r_[True, np.diff(self.figure) > 0])
        of_figure = pd.DataFrame({"group": self.group[first], "first": first})
        pairs = of_figure.merge(at.assign(event=np.arange(len(at))), on="group")
        opening, day = pairs["first"].to_numpy(), pairs["day"].to_numpy()
        span = int(self.rows.as_of.max()) + 2
        keys = self.figure * span + self.rows.as_of
        found = np.searchsorted(keys, self.figure[opening] * span + np.minimum(day, span - 1), side="right") - 1
        late = found < opening
        stands = ~late | ((day >= self.due[opening]) & (not strict))
        return np.where(late, opening, found)[stands], pairs["event"].to_numpy()[stands]

    def events(self, *, strict: bool) -> pd.DataFrame:
        """When what is known of a group changes: `group`, `day`."""
        told = pd.DataFrame({"group": self.group, "day": self.rows.as_of.astype(np.int64), "due": self.due})
        if not strict:  # what was told before it was due may be joined then by a stand-in
            early = told.groupby("group", as_index=False).agg(first=("day", "min"), day=("due", "max"))
            told = pd.concat([told, early.loc[early["first"] < early["day"], ["group", "day"]]])
        return told[["group", "day"]].drop_duplicates().sort_values(["group", "day"], ignore_index=True)


def reason_codes(missing: np.ndarray) -> np.ndarray:
    """Reasons as `Rows.frame` has them: 0 = none, else position in `MISSING_REASONS` + 1."""
    return np.asarray(_REASON_CODES[missing])
