"""What the attacker reads of the nationalities: sums over stretches of periods, and how stretches of editions overlap.

Stretches that overlap, of whatever editions, are one *block*, cut into *pieces* wherever a stretch begins or ends. The
unknowns are counts of (group, leaf, piece). Where all editions cut time alike, a block is one stretch and one piece.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.attack.bounds import CLOSE, FAR, Fact, Published
from benchmarks.attack.derived_editions import plane, read_derived_editions, shared_out
from benchmarks.attack.histories import Members

TABLE = "nationalities"


class Figure(NamedTuple):
    """One row of the table; `value` is NaN where it is withheld."""

    group: str
    unit: str
    first: int  # number of the stretch's first period
    size: int  # periods of the stretch
    value: float


@dataclass(frozen=True)
class NationalityTable:
    """What one edition says of one indicator's nationalities.

    Attributes:
        edition: Its place among the others.
        figures: The rows of its table.
        history: Counts of all nationalities as shown, shape (unit, time); NaN where withheld or unknown.
        withheld: Whether a count is withheld, bool, shape (unit, time).
        units: Ids of the units of `history`.
        times: Number of each period since 1970.
        least: What a withheld count is at least in a first edition.
    """

    edition: int
    figures: Sequence[Figure]
    history: np.ndarray
    withheld: np.ndarray
    units: Sequence[str]
    times: np.ndarray
    least: float = 0.0


def read_nationalities(folders: Sequence[Path], members: Members) -> dict[str, tuple[Published, Published]]:
    """Indicator → what `published_nationalities` makes of the tables of some derived editions, older ones first."""
    tables: dict[str, list[NationalityTable]] = {}
    editions = list(read_derived_editions(folders))
    for derived in editions:
        table = derived.table(TABLE)
        if not len(table):
            continue
        starts = pd.DatetimeIndex(derived.forecast["time"].to_numpy())
        table = table.assign(first=derived.times[starts.get_indexer(pd.DatetimeIndex(table["period_start"]))])
        stated: Mapping[str, object] = derived.manifest["disclosure"]  # type: ignore[assignment]
        units = [str(u) for u in derived.forecast["unit"].to_numpy()]
        for position, indicator in enumerate(derived.forecast["indicator"].to_numpy()):
            mine = table[table["indicator"].eq(indicator)]
            rows = mine[["group", "unit", "first", "periods", "count"]].itertuples(index=False)
            history, hidden = (plane(derived, name, position) for name in ("history", "withheld"))
            tables.setdefault(str(indicator), []).append(
                NationalityTable(
                    derived.number,
                    [Figure(*row) for row in rows],
                    history,
                    hidden.astype(bool),
                    units,
                    derived.times,
                    1.0 if stated["show_zero"] and not shared_out(editions, str(indicator)) else 0.0,
                )
            )
    return {indicator: published_nationalities(found, members) for indicator, found in tables.items()}


def published_nationalities(tables: Sequence[NationalityTable], members: Members) -> tuple[Published, Published]:
    """What the editions say of an indicator's nationalities together.

    Returns:
        With the figures that they withhold as targets; and with counts that they do not name: of units that a stretch
        is not told for, and of the pieces of shifted stretches. A small one tells no less than a withheld one.
    """
    named: dict[str, frozenset[str]] = {}
    facts: list[Fact] = []
    withheld: list[tuple[int, str, int]] = []
    unnamed: list[tuple[int, str, int]] = []
    absent: set[tuple[int, str, int]] = set()
    levels = {f.unit.partition(":")[0] for table in tables for f in table.figures}
    alike = {unit for unit in members if unit.partition(":")[0] in levels}
    for cuts in _blocks(tables):
        for table in tables:
            block = _Block(table, cuts, members, alike)
            if block.figures:
                named |= block.names()
                facts += block.facts(first=len({t.edition for t in tables}) == 1)
                withheld += block.targets()
                unnamed += block.unnamed()
                absent |= block.absent()
    return (
        Published(named, facts, withheld, frozenset(absent)),
        Published(named, facts, unnamed, frozenset(absent)),
    )


def _blocks(tables: Sequence[NationalityTable]) -> Iterator[list[int]]:
    """Where each block is cut, its begin and end included."""
    stretches = sorted({(f.first, f.first + f.size) for t in tables for f in t.figures})
    cuts: list[int] = []
    for first, end in stretches:
        if cuts and first >= max(cuts):
            yield sorted(set(cuts))
            cuts = []
        cuts += [first, end]
    if cuts:
        yield sorted(set(cuts))


class _Block:
    """One edition's figures of one block."""

    def __init__(self, table: NationalityTable, cuts: Sequence[int], members: Members, units: set[str]) -> None:
        self.table, self.cuts, self.members, self.units = table, cuts, members, units
        self.figures = [f for f in table.figures if cuts[0] <= f.first < cuts[-1] and f.unit in members]
        self.groups = sorted({f.group for f in self.figures})
        self.all = " + ".join(self.groups)
        self.time = cuts[0]

    def names(self) -> dict[str, frozenset[str]]:
        """Every figure, piece and sum over groups → the leaves it sums."""
        found = {_name(f): self._leaves([f.group], f.unit, f.first, f.first + f.size) for f in self.figures}
        for first, end in self._cut():
            for unit in self.members:
                found[f"{self.all}|{unit}|{first}"] = self._leaves(self.groups, unit, first, end)
            for group, unit in itertools.product(self.groups, self.units):
                found[f"{group}|{unit}|{first}"] = self._leaves([group], unit, first, end)
        return found

    def facts(self, *, first: bool) -> list[Fact]:
        """Shown figures, and the groups' sums wherever the history shows every period of a piece."""
        figures = [
            Fact(self.table.edition, ((_name(f), self.time),), f.value, f.value)
            for f in self.figures
            if np.isfinite(f.value)
        ]
        if first:  # of a single edition, what is withheld is no zero
            figures += [Fact(e, ((name, t),), self.table.least, FAR) for e, name, t in self.targets()]
        return figures + (self._sums() if self._add_up() else [])

    def targets(self) -> list[tuple[int, str, int]]:
        """Withheld figures."""
        return [(self.table.edition, _name(f), self.time) for f in self.figures if not np.isfinite(f.value)]

    def unnamed(self) -> list[tuple[int, str, int]]:
        """Counts of pieces that are no figure of the table."""
        named = {(f.group, f.unit, f.first, f.first + f.size) for f in self.figures}
        wanted = itertools.product(self.groups, sorted(self.units), self._cut())
        return [
            (self.table.edition, f"{group}|{unit}|{begin}", self.time)
            for group, unit, (begin, end) in wanted
            if (group, unit, begin, end) not in named
        ]

    def absent(self) -> set[tuple[int, str, int]]:
        """Leaves that the edition has no figure of in any period of a piece."""
        leaves = {leaf for held in self.members.values() for leaf in held}
        return {
            (self.table.edition, f"{group}|{unit}|{begin}", self.time)
            for begin, end in self._cut()
            for unit, shown, hidden in zip(
                self.table.units,
                self.table.history[:, self._inside(begin, end)],
                self.table.withheld[:, self._inside(begin, end)],
                strict=True,
            )
            if unit in leaves and np.isnan(shown).all() and not hidden.any()
            for group in self.groups
        }

    def _sums(self) -> list[Fact]:
        """The groups' sums of every unit and piece, all of whose periods the history shows."""
        found = []
        for begin, end in self._cut():
            totals = self.table.history[:, self._inside(begin, end)].sum(axis=1)
            for unit, total in zip(self.table.units, totals, strict=True):
                if unit in self.members and np.isfinite(total):
                    whole = _whole(float(total))
                    found.append(Fact(self.table.edition, ((f"{self.all}|{unit}|{begin}", self.time),), whole, whole))
        return found

    def _add_up(self) -> bool:
        """Whether the groups make up the histories; else the reader sees that they were counted in another way."""
        told: dict[tuple[str, int, int], float] = {}
        for f in self.figures:
            key = (f.unit, f.first, f.first + f.size)
            told[key] = told.get(key, 0.0) + f.value
        for (unit, begin, end), value in told.items():
            total = self.table.history[list(self.table.units).index(unit), self._inside(begin, end)].sum()
            if np.isfinite(value) and np.isfinite(total) and abs(value - total) > CLOSE * max(1.0, total):
                return False
        return True

    def _cut(self) -> list[tuple[int, int]]:
        return list(zip(self.cuts[:-1], self.cuts[1:], strict=True))

    def _inside(self, begin: int, end: int) -> np.ndarray:
        result: np.ndarray = (self.table.times >= begin) & (self.table.times < end)
        return result

    def _leaves(self, groups: Sequence[str], unit: str, begin: int, end: int) -> frozenset[str]:
        firsts = [first for first, _ in self._cut() if begin <= first < end]
        return frozenset(f"{g}|{leaf}|{first}" for g in groups for leaf in self.members[unit] for first in firsts)


def _name(figure: Figure) -> str:
    return f"{figure.group}|{figure.unit}|{figure.first}+{figure.size}"


def _whole(value: float) -> float:
    return round(value) if np.isfinite(value) and abs(value - round(value)) < 1e-6 else value
