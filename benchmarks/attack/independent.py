"""Audit what a store let out with somebody else's program: the tables of all editions and profiles, linked.

`pip install pytauargus==0.6.0`, then `python -m benchmarks.attack.independent STORE [--blocks 3]`. τ-Argus' Python
package (no part of the project) bounds every withheld figure from all that is shown, over all editions and both
profiles at once: a withheld count that did not change between editions is one unknown, and the auditor is told which
did not. On single tables it also looks for the cheapest safe pattern, against which ours is held. Editions are read
here anew, without the code of the attack, and how units add up is taken from the internal edition. Tables by
nationality are not among it.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.pack.load import load_region
from geo.region.disclosure import DisclosureRules
from geo.region.region import Region
from pipelines.editions.edition import MANIFEST, Edition, edition_order
from pipelines.observations.schema import TOTAL
from pipelines.publish.disclosure.derive import DERIVED, grid_of
from pipelines.publish.disclosure.protect import CountsByUnit, protect
from pipelines.store.paths import Store
from routecast.terminal.errors import REFUSED

SLACK = 1e-6  # of sums of figures that were shared out
MINUTES = 1  # for the cheapest pattern of one table
Node = tuple[str, int, float]  # unit, period since 1970 (weeks or months), count: what did not change is one unknown


@dataclass
class Tables:
    """Linked tables: figures, and which sums of others they are."""

    shown: dict[Node, bool] = field(default_factory=dict)
    asked: set[Node] = field(default_factory=set)  # withheld by an edition that has a row for them
    sums: set[tuple[Node, tuple[Node, ...]]] = field(default_factory=set)
    means: set[tuple[float, tuple[Node, ...]]] = field(default_factory=set)  # counts that are shown as one sum of these


@dataclass(frozen=True)
class Audited:
    """What the auditor found."""

    figures: int
    narrowest: float  # counts
    narrow: int  # bounded more narrowly than the protection width


def period_numbers(times: np.ndarray, freq: str) -> np.ndarray:
    """Number of each period since 1970."""
    starts = pd.DatetimeIndex(times)
    if freq == "M":
        return ((starts.year - 1970) * 12 + starts.month - 1).to_numpy()
    return ((starts - pd.Timestamp("1970-01-05")).days // 7).to_numpy()


def linked(editions: Sequence[Edition], given: Sequence[Edition], indicator: str, periods: Sequence[int]) -> Tables:
    """One indicator's figures in some periods: as they are in the editions, and which of them outsiders were shown."""
    tables, held = Tables(), {e.id: _values(e, indicator, periods) for e in editions}
    for edition in editions:
        counts, members, finest = held[edition.id]
        for period, values in counts.items():
            leaves = {k: (u, period, values[u]) for k, u in enumerate(finest) if np.isfinite(values[u])}
            for unit, row in members.items():
                if not np.isfinite(values[unit]):
                    continue
                node, parts = (unit, period, values[unit]), tuple(leaves[k] for k in row if k in leaves)
                tables.shown.setdefault(node, False)
                # a figure of which parts are unknown is no sum of the others
                if parts and parts != (node,) and abs(sum(p[2] for p in parts) - node[2]) < SLACK:
                    tables.sums.add((node, parts))
    for outside in given:
        _add_given(tables, outside, held[outside.id][0], indicator)
    return tables


def _values(
    edition: Edition, indicator: str, periods: Sequence[int]
) -> tuple[dict[int, dict[str, float]], dict[str, list[int]], list[str]]:
    """Counts by period and unit; the leaves that each unit sums; the unit of each leaf."""
    units = [str(u) for u in edition.forecast["unit"].to_numpy()]
    grid = grid_of(edition, indicator, frozenset())
    numbers = period_numbers(edition.forecast["time"].to_numpy(), str(edition.manifest["freq"]))
    counts = {
        int(n): dict(zip(units, grid.history[:, t].tolist(), strict=True))
        for t, n in enumerate(numbers)
        if n in set(periods)
    }
    members = {u: np.flatnonzero(row).tolist() for u, row in zip(units, grid.cells, strict=True)}
    return counts, members, [units[i] for i in grid.finest]


def _add_given(tables: Tables, outside: Edition, held: dict[int, dict[str, float]], indicator: str) -> None:
    """What one derived edition shows: counts of single periods, or sums over several."""
    data = outside.forecast.sel(indicator=indicator, nationality=TOTAL)
    history, withheld = (data[name].transpose("unit", "time").to_numpy() for name in ("history", "withheld"))
    numbers = period_numbers(outside.forecast["time"].to_numpy(), str(outside.manifest["freq"]))
    size = int(outside.manifest["disclosure"]["mean_of_periods"])
    units = [str(u) for u in outside.forecast["unit"].to_numpy()]
    for t, number in enumerate(numbers):
        block = [int(number) // size * size + k for k in range(size)]
        if not all(n in held for n in block):
            continue
        for u, unit in enumerate(units):
            nodes = tuple((unit, n, held[n][unit]) for n in block)
            if np.isfinite(history[u, t]) and size == 1:
                tables.shown[nodes[0]] = True
            elif np.isfinite(history[u, t]) and all(np.isfinite(n[2]) for n in nodes):
                tables.means.add((sum(n[2] for n in nodes), nodes))
            elif withheld[u, t] and size == 1:
                tables.asked.add(nodes[0])


def jj_file(tables: Tables, least: float) -> tuple[str, list[Node]]:
    """The tables in the format of τ-Argus' solvers, and its figures in order."""
    nodes = list(tables.shown)
    number = {node: k for k, node in enumerate(nodes)}
    highest = max([1.0, *(n[2] for n in nodes)]) * 10
    lines = ["0", str(len(nodes) + len(tables.means))]
    for k, node in enumerate(nodes):
        low = min(node[2], least)
        lines.append(f"{k} {node[2]:.15g} 1 {'s' if tables.shown[node] else 'u'} {low:.15g} {highest:.15g} 0 0 0")
    lines += [f"{len(nodes) + k} {total:.15g} 1 s 0 {highest:.15g} 0 0 0" for k, (total, _) in enumerate(tables.means)]
    sums = [(number[node], parts) for node, parts in tables.sums]
    sums += [(len(nodes) + k, parts) for k, (_, parts) in enumerate(tables.means)]
    lines.append(str(len(sums)))
    for whole, parts in sums:
        lines.append(f"0 {len(parts) + 1} : {whole} (-1) " + " ".join(f"{number[p]} (1)" for p in parts))
    return "\n".join(lines) + "\n", nodes


def audit(tables: Tables, rules: DisclosureRules) -> Audited:
    """Bounds of every withheld figure by τ-Argus' own auditor.

    One that another edition shows is no secret, if it is not small: a figure that was small once stays withheld in the
    editions that follow, whatever it grew to.
    """
    if not tables.asked:
        return Audited(0, np.inf, 0)
    text, nodes = jj_file(tables, least=1.0)
    given_away = sum(tables.shown[n] and n[2] < rules.threshold for n in tables.asked)
    bounds = audit_table(text)
    found = {nodes[k]: high - low for k, (low, high) in bounds.items() if k < len(nodes)}
    widths = [found[n] for n in tables.asked if not tables.shown[n]] + [0.0] * given_away
    narrow = sum(w < rules.protection_width - SLACK for w in widths)
    return Audited(len(widths), min(widths, default=np.inf), narrow)


def cheapest(grid: CountsByUnit, column: int, region: Region) -> tuple[float, float] | None:
    """What one period's table by itself loses to our pattern, and to τ-Argus' cheapest.

    The loss is the one that our search makes least: the square root of each published figure that is withheld. τ-Argus
    asks for room above and below a count apart: it is asked for the room that ours gives, cut to the protection width
    from below and from above, and the cheaper answer is taken. None: no figure is at risk, or no answer in its time.
    """
    rules, values = region.disclosure, grid.history[:, column]
    counted = values[grid.finest] > 0  # what is zero is shown, and nothing can be found out of it
    parts = grid.cells[:, counted]
    whole = np.isclose(parts @ values[grid.finest][counted], values) & (values > 0)
    distinct, first, figure = np.unique(parts[whole], axis=0, return_index=True, return_inverse=True)
    counts = values[np.flatnonzero(whole)[first]]
    small = counts < rules.threshold
    if not small.any():
        return None
    alone = CountsByUnit(grid.history[:, [column]], grid.cells, grid.finest, grid.published)
    withheld = (protect(alone, rules, threshold=rules.threshold).withheld[:, 0] & grid.published)[whole]
    ours, published = (
        np.bincount(figure.ravel(), weights=w, minlength=len(distinct)) for w in (withheld, grid.published[whole])
    )
    loss = np.where(published > 0, np.round(published * np.sqrt(counts) * 100), 1)
    leaf = {int(np.flatnonzero(row)[0]): k for k, row in enumerate(distinct) if row.sum() == 1}
    sums = [(k, [leaf[int(p)] for p in np.flatnonzero(row)]) for k, row in enumerate(distinct) if row.sum() > 1]
    hidden = (ours > 0) | (published == 0)
    found = audit_table(jj_table(counts, loss, hidden, sums))
    low, high = (np.array([found[k][i] for k in np.flatnonzero(small).tolist()]) for i in range(2))
    width = rules.protection_width
    below, above = counts[small] - low, high - counts[small]
    splits = [np.minimum(below, width), width - np.minimum(above, width)]
    losses = []
    for lower in splits:
        answer = solve_table(jj_table(counts, loss, small, sums, lower=lower, upper=width - lower))
        theirs = small | np.isin(np.arange(len(counts)), answer)
        bounds = audit_table(jj_table(counts, loss, theirs, sums))
        if all(bounds[k][1] - bounds[k][0] >= width - SLACK for k in np.flatnonzero(small).tolist()):
            losses.append(loss[theirs].sum())  # it answers with nothing where it finds none
    return (float(loss[ours > 0].sum()), float(min(losses))) if losses else None


def _argus() -> Any:  # noqa: ANN401 - a program that the lock does not hold
    try:
        return import_module("pytauargus._tauargus")
    except ImportError:
        sys.exit("expected τ-Argus' package; install it beside this checkout: pip install pytauargus==0.6.0")


def jj_table(
    counts: np.ndarray,
    loss: np.ndarray,
    hidden: np.ndarray,
    sums: Sequence[tuple[int, Sequence[int]]],
    lower: np.ndarray | None = None,
    upper: np.ndarray | None = None,
) -> str:
    """A table in the format of τ-Argus' solvers, with the room that is asked for below and above each hidden count."""
    highest, asked = counts.max() * 10, np.zeros((2, len(counts)))
    if lower is not None and upper is not None:
        asked[:, hidden] = lower, upper
    lines = ["0", str(len(counts))]
    for k, count in enumerate(counts):
        status = "u" if hidden[k] else "s"
        room = f"{asked[0, k]:.15g} {asked[1, k]:.15g} 0"
        lines.append(f"{k} {count:.15g} {loss[k]:.0f} {status} {min(count, 1.0):.15g} {highest:.15g} {room}")
    lines.append(str(len(sums)))
    lines += [f"0 {len(of) + 1} : {k} (-1) " + " ".join(f"{p} (1)" for p in of) for k, of in sums]
    return "\n".join(lines) + "\n"


def audit_table(text: str) -> dict[int, tuple[float, float]]:
    """Least and most that each hidden figure can be."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        path = Path(folder) / "table.jj"
        path.write_text(text)
        return {r["cell"]: (r["min"], r["max"]) for r in _argus().audit_jj(str(path))}


def solve_table(text: str) -> list[int]:
    """Which further figures τ-Argus hides."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):  # it leaves logs where it runs
        source, out = Path(folder) / "in.jj", Path(folder) / "out.jj"
        source.write_text(text)
        _argus().HiTaSCtrl().full_jj(in_file_jj=str(source), out_file=str(out), max_time=MINUTES)
        return [int(line) for line in out.read_text().split()] if out.is_file() else []


def main(arguments: list[str] | None = None) -> int:
    """Print what the auditor found, by indicator; exit code 3 where a figure is bounded too narrowly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack.independent", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--region", default="western_balkans", help="a pack's id, or its folder")
    parser.add_argument("--blocks", type=int, default=0, help="the newest blocks of periods; 0: all")
    parser.add_argument(
        "--tables", type=int, default=8, help="single tables whose pattern is held against the cheapest"
    )
    chosen = parser.parse_args(arguments)
    store, region = Store(chosen.store), load_region(chosen.region)
    folders = [f for p in DERIVED for f in store.profiles(p, region.id).glob("*") if (f / MANIFEST).is_file()]
    given = [Edition(f) for f in sorted(folders, key=lambda f: edition_order(f.name))]
    editions = [Edition(store.editions(region.id) / name) for name in dict.fromkeys(e.id for e in given)]
    size = max(int(e.manifest["disclosure"]["mean_of_periods"]) for e in given)
    times = period_numbers(editions[-1].forecast["time"].to_numpy(), region.freq)
    starts = sorted({int(t) // size * size for t in times})[-chosen.blocks :]
    print(f"{len(editions)} editions as {', '.join(DERIVED)}; blocks of {size} periods: {len(starts)}")
    print(f"{'indicator':<26}{'withheld':>10}{'narrowest':>11}{'too narrow':>12}{'loss ÷ cheapest':>17}{'s':>8}")
    narrow, levels = 0, frozenset((*region.disclosure.partner.levels, *region.disclosure.public.levels))
    for indicator in map(str, editions[-1].forecast["indicator"].to_numpy()):
        began = time.perf_counter()
        found = [audit(linked(editions, given, indicator, range(b, b + size)), region.disclosure) for b in starts]
        narrow += sum(a.narrow for a in found)
        grid = grid_of(editions[-1], indicator, levels)
        losses = [
            cheapest(grid, t, region) for t in range(grid.history.shape[1] - chosen.tables, grid.history.shape[1])
        ]
        pairs = np.array([pair for pair in losses if pair is not None])
        ratio = f"{pairs[:, 0].sum() / pairs[:, 1].sum():.3f} ({len(pairs)})" if len(pairs) else "–"
        print(
            f"{indicator:<26}{sum(a.figures for a in found):>10,}{min(a.narrowest for a in found):>11.2f}"
            f"{sum(a.narrow for a in found):>12}{ratio:>17}{time.perf_counter() - began:>8.1f}",
            flush=True,
        )
    return REFUSED if narrow else 0


if __name__ == "__main__":
    sys.exit(main())
