"""What the attacker reads: every number of derived editions that an observed count can be worked out from.

Forecasts are not among them: they are made from what is shown (`inversion.py` tries the counts all the same).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.attack.bounds import Fact, Published
from benchmarks.attack.derived_editions import DerivedEdition, plane, read_derived_editions, shared_out

Members = Mapping[str, frozenset[str]]


COMPLETED = 0.5  # of a completed figure at least so much was reported


@dataclass
class _Collected:
    """Collected for one indicator."""

    facts: list[Fact] = field(default_factory=list)
    withheld: set[tuple[int, str, int]] = field(default_factory=set)
    absent: set[tuple[int, str, int]] = field(default_factory=set)


def read_published(folders: Sequence[Path], members: Members) -> dict[str, Published]:
    """Indicator → all that some derived editions say of it together.

    Args:
        folders: Derived editions, older ones first; several profiles of an edition may be among them.
        members: Unit → the leaves it sums, from the public region pack.
    """
    collected: dict[str, _Collected] = {}
    editions = list(read_derived_editions(folders))
    leaves = {leaf for held in members.values() for leaf in held}
    for derived in editions:
        for position, indicator in enumerate(derived.forecast["indicator"].to_numpy()):
            into = collected.setdefault(str(indicator), _Collected())
            for read in (_histories, _backtest, _sums):
                read(derived, position, into, members)
            _absent(derived, position, into, leaves)
    vintages = {i.number for i in editions}
    zero_shown = all(i.manifest["disclosure"]["show_zero"] for i in editions)  # type: ignore[index]
    all_leaves = any(leaves <= set(i.forecast["unit"].to_numpy()) for i in editions)
    lowest = 1.0 if len(vintages) == 1 and zero_shown and all_leaves else 0.0
    found = {}
    for name, into in collected.items():
        least = 0.0 if shared_out(editions, name) else lowest
        targets = sorted(into.withheld, key=lambda t: t[2])
        found[name] = Published(members, into.facts, targets, frozenset(into.absent), least)
    return found


def _histories(derived: DerivedEdition, position: int, into: _Collected, members: Members) -> None:
    history, withheld = (plane(derived, name, position) for name in ("history", "withheld"))
    stated: Mapping[str, object] = derived.manifest["disclosure"]  # type: ignore[assignment]
    size = int(str(stated["mean_of_periods"]))
    units = [str(u) for u in derived.forecast["unit"].to_numpy()]
    done = set()
    for u, t in zip(*np.nonzero(np.isfinite(history)), strict=True):
        time = int(derived.times[t])
        first = time // size * size
        if (u, first) not in done and units[u] in members:
            done.add((u, first))
            value = history[u, t] * size
            value = round(value) if abs(value - round(value)) < 1e-6 else value
            terms = tuple((units[u], first + k) for k in range(size)) if size > 1 else ((units[u], time),)
            into.facts.append(Fact(derived.number, terms, max(value, 0.0), value))
    if size == 1:
        into.withheld |= {
            (derived.number, units[u], int(derived.times[t])) for u, t in zip(*np.nonzero(withheld), strict=True)
        }


def _absent(derived: DerivedEdition, position: int, into: _Collected, leaves: set[str]) -> None:
    history, withheld = (plane(derived, name, position) for name in ("history", "withheld"))
    stated: Mapping[str, object] = derived.manifest["disclosure"]  # type: ignore[assignment]
    if stated["mean_of_periods"] != 1:
        return
    for u, unit in enumerate(derived.forecast["unit"].to_numpy()):
        if str(unit) in leaves:
            gone = np.flatnonzero(np.isnan(history[u]) & ~withheld[u].astype(bool))
            into.absent |= {(derived.number, str(unit), int(derived.times[t])) for t in gone}


def _add(derived: DerivedEdition, into: _Collected, terms: list[tuple[str, int]], value: float, *, loose: bool) -> None:
    """A number that repeats or sums counts; `loose`: after completion, so the reported counts are somewhat less."""
    if np.isfinite(value) and terms:
        whole = round(value) if abs(value - round(value)) < 1e-6 else value
        into.facts.append(Fact(derived.number, tuple(terms), value * COMPLETED if loose else whole, whole))


def _open(derived: DerivedEdition, into: _Collected) -> set[tuple[str, int]]:
    """Figures that the edition shows: another number about them is the same, or completed."""
    return {f.terms[0] for f in into.facts if f.edition == derived.number and len(f.terms) == 1}


def _backtest(derived: DerivedEdition, position: int, into: _Collected, members: Members) -> None:
    table = derived.table("backtest")
    if not len(table):
        return
    indicator = str(derived.forecast["indicator"].to_numpy()[position])
    rows = table[table["indicator"].eq(indicator)].drop_duplicates(["location", "target_start"])
    starts = pd.DatetimeIndex(derived.forecast["time"].to_numpy())
    open_ = _open(derived, into)
    for location, start, value in zip(rows["location"], rows["target_start"], rows["observed"], strict=True):
        unit = location if location in members else f"segment:{location}"
        where = starts.get_indexer([start])[0]
        if unit in members and where >= 0 and (unit, int(derived.times[where])) not in open_:
            _add(derived, into, [(unit, int(derived.times[where]))], float(value), loose=True)


def _sums(derived: DerivedEdition, position: int, into: _Collected, members: Members) -> None:
    """Means and sums over the last periods, and stocks of one period."""
    indicator = str(derived.forecast["indicator"].to_numpy()[position])
    year = 12 if derived.manifest["freq"] == "M" else 52
    tables: list[tuple[str, str, Callable[[pd.DataFrame], pd.DataFrame], int | None, float]] = [
        ("risk", "last_mean", lambda t: t[t["indicator"].eq(indicator)].drop_duplicates("unit"), 4, 0.0),
        ("deaths", "last_4", lambda t: t if indicator == "deaths_missing" else t.iloc[0:0], 4, 1.0),
        ("deaths", "last_year", lambda t: t if indicator == "deaths_missing" else t.iloc[0:0], year, 1.0),
        ("deaths", "all_time", lambda t: t if indicator == "deaths_missing" else t.iloc[0:0], None, 1.0),
    ]
    known = np.isfinite(plane(derived, "history", position)) | plane(derived, "withheld", position).astype(bool)
    place = {str(u): i for i, u in enumerate(derived.forecast["unit"].to_numpy())}
    for name, column, chosen, back, factor in tables:
        table = derived.table(name)
        if not len(table):
            continue
        for unit, value in zip(*(chosen(table)[c] for c in ("unit", column)), strict=True):
            if unit in members and unit in place and np.isfinite(value):
                recent = np.arange(known.shape[1])[-(back or known.shape[1]) :]
                times = [int(derived.times[t]) for t in recent if known[place[unit], t]]
                _add(derived, into, [(unit, t) for t in times], value * (factor or len(times)), loose=True)


def pack_members(cells_of: Mapping[str, Sequence[str]]) -> Members:
    """Members from unit → cell units, as `geo.region.units` has them."""
    return {unit: frozenset(cells) for unit, cells in cells_of.items()}
