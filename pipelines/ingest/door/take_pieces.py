"""A long table taken in pieces: each checked by a task of its own, its figures settled by groups of periods.

In the end its news lie in files of a staging folder, to be renamed into place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from distributed import Client, as_completed

from geo.locate.lookup import segment_index
from geo.region.region import Freq, Region
from pipelines.compute.cluster import share
from pipelines.compute.workers import Progress
from pipelines.ingest.door.check_piece import CodedColumn, check_piece, code_columns
from pipelines.ingest.door.settle import FIGURE, LINED, Delivered, join_refused, settle
from pipelines.ingest.door.validate import check_rows
from pipelines.ingest.reading.numbers import (
    NO_THOUSANDS,
    AmbiguousNumbersError,
    NumberEvidence,
    NumberRule,
    evidence_of,
)
from pipelines.ingest.reading.person_evidence import evidence_of as evidence_of_persons, weigh
from pipelines.ingest.reading.pieces import NUMBERS, Piece, read_piece
from pipelines.ingest.sources.csv import figures_of
from pipelines.observations.file_accounts import Counted
from pipelines.observations.partitions import (
    CODED,
    GROUP_ROWS,
    Partition,
    between,
    days_of,
    groups_of,
    groups_of_frame,
    in_time_order,
    is_long,
    joined,
    list_partitions,
    partition_bytes,
    read_partitions,
    write_part,
)
from pipelines.observations.schema import CONFIRMED_SCHEMA, NumberForm, Reading
from pipelines.observations.vintages import figure_codes, repeated

FEW_PARTS = 2  # of one group of periods: more are written into one
_CONFIRMED = pa.schema([CODED.field(name) for name in CONFIRMED_SCHEMA.names])
_AS_NUMBERS = NumberRule(None, ".")  # how we write numbers of a Parquet file as texts
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Staging:
    """A delivery on its way."""

    source: str
    file: str
    folder: Path
    delivered: Delivered
    form: NumberForm
    whole: bool  # one piece, which is not cut by groups of periods

    @property
    def region(self) -> Region:
        """The pack."""
        return self.delivered.region


@dataclass(frozen=True)
class StagedPart:
    """A file of rows in one group of periods (-1: any), with their lines in a file beside it."""

    path: Path
    group: int
    rows: int
    days: tuple[int, int]  # first and last day on which a figure begins, since 1970
    piece: int = 0


@dataclass(frozen=True)
class TakenPiece:
    """What became of a piece; lines count from its first, from 0."""

    parts: tuple[StagedPart, ...]
    rejected: pd.DataFrame
    lines: int
    evidence: Mapping[str, NumberEvidence]  # how its columns write numbers
    rules: Mapping[str, NumberRule] | None  # how they were read; None: they don't say
    repeats: bool  # whether a figure stands in it twice
    passed: Counted  # rows that passed the checks one by one
    unread: frozenset[str] = frozenset()  # phrases of what of its rows was not read


@dataclass(frozen=True)
class SettledGroup:
    """What became of a group of periods."""

    parts: tuple[StagedPart, ...]
    confirmed: pa.Table
    rejected: pd.DataFrame
    accepted: int
    offered: int


@dataclass(frozen=True)
class TakenTable:
    """What became of a long table; `parts` are its news."""

    parts: tuple[StagedPart, ...]
    confirmed: pa.Table
    rejected: pd.DataFrame
    unread: tuple[str, ...]  # phrases of what of its rows was not read
    accepted: int
    offered: int
    counted: Counted  # of the rows that could be taken


@dataclass(frozen=True)
class Meeting:
    """What tells of a group of periods in more than one place, or of rows that were refused there."""

    group: int
    parts: tuple[StagedPart, ...]
    stored: tuple[Partition, ...]
    refused: pd.DataFrame  # with their lines in the file
    repeats: bool  # whether a part may hold a figure twice


def take_pieces(
    pieces: Sequence[Piece], staging: Staging, stored: Sequence[Path], *, client: Client | None, progress: Progress
) -> TakenTable:
    """Check the pieces, settle their figures, and leave the news in the staging folder.

    Args:
        pieces: Of one file.
        staging: Whose delivery, and where to.
        stored: The source's files in the store.
        client: Where the tasks run; None: here.
        progress: Told of every finished task.
    """
    if {"lon", "lat"} & set(pieces[0].header) and staging.region.has_geometry:
        index = segment_index(staging.region)  # built once, it travels with the region
        if len(pieces) > 1:
            index.draw_raster()
    shared = staging if client is None else share(client, staging)
    run = partial(_run, client=client, progress=progress, staging=shared)
    taken = run("read in pieces", take_piece, pieces)
    taken = _read_by_one_rule(pieces, taken, staging, run)
    before = np.cumsum([0 if pieces[0].parquet else 1, *(t.lines for t in taken)]) + 1
    lines = zip(taken, before.tolist(), strict=False)
    rejected = join_refused(t.rejected.assign(line=t.rejected["line"] + n) for t, n in lines)
    meeting, alone = _meeting(taken, rejected, list_partitions(stored), staging)
    settled = run("compare", partial(settle_group, before=tuple(int(n) for n in before)), meeting)
    parts = sorted([*alone, *(p for s in settled for p in s.parts)], key=lambda p: (p.group, p.path.name))
    neighbours = _neighbours(parts)
    small = run("join small parts", merge_parts, [n for n in neighbours if len(n) > 1])
    merged = sorted([*small, *(n[0] for n in neighbours if len(n) == 1)], key=lambda p: (p.group, p.path.name))
    untouched = sum(p.rows for p in alone)
    return TakenTable(
        parts=tuple(merged),
        confirmed=joined([_CONFIRMED.empty_table(), *(s.confirmed for s in settled)]),
        rejected=join_refused([rejected, *(s.rejected for s in settled)]),
        unread=tuple(sorted({phrase for t in taken for phrase in t.unread})),
        accepted=untouched + sum(s.accepted for s in settled),
        offered=untouched + sum(s.offered for s in settled),
        counted=sum((t.passed for t in taken), Counted())
        - sum((Counted.of(s.rejected["count"]) for s in settled), Counted()),
    )


def _run(
    stage: str,
    task: Callable[..., Result],
    items: Sequence[Item],
    *,
    client: Client | None,
    progress: Progress,
    staging: Any,  # noqa: ANN401 - a staging, or a future of it
) -> list[Result]:
    if client is None or len(items) < 2:
        where = staging if client is None else staging.result()
        return [task(item, staging=where) for item in items]
    futures = client.map(task, items, staging=staging, pure=False)
    for done, _ in enumerate(as_completed(futures), 1):
        progress(stage, done, len(futures))
    return list(client.gather(futures))


def take_piece(piece: Piece, *, staging: Staging, rules: Mapping[str, NumberRule] | None = None) -> TakenPiece:
    """Check a piece's rows and write the good ones into parts by groups of periods."""
    parts: list[StagedPart] = []
    rejected, lines, repeats, evidence = [], 0, False, dict[str, NumberEvidence]()
    passed = Counted()
    used: Mapping[str, NumberRule] | None = rules
    unread: frozenset[str] = frozenset()
    for number, read in enumerate(read_piece(piece)):
        columns = code_columns(read.table)
        evidence = _evidence(columns)
        try:
            used = _rules(evidence, columns, staging) if rules is None else _typed(columns) | dict(rules)
        except AmbiguousNumbersError:  # another piece may say how they are meant
            return TakenPiece((), join_refused([]), read.lines, evidence, None, repeats=False, passed=passed)
        checked = check_piece(read, staging.region, columns=columns, rules=used, check=partial(_check, staging=staging))
        unread |= checked.unread
        rejected.append(checked.rejected.assign(line=checked.rejected["line"] + lines))
        passed += Counted.of(checked.rows.column("count"))
        rows = checked.rows.set_column(len(CODED), "line", pa.array(checked.rows.column("line").to_numpy() + lines))
        repeats |= repeated(figure_codes(rows, FIGURE)) or number > 0
        parts += _write_parts(rows, staging, piece=piece.number, name=f"{piece.number:05d}-{number:03d}")
        lines += read.lines
    return TakenPiece(tuple(parts), join_refused(rejected), lines, evidence, used, repeats, passed, unread)


def _check(text: pd.DataFrame, rules: Mapping[str, NumberRule], *, staging: Staging) -> Reading:
    """The rules for one row each, on text cells; what is refused is looked at for persons."""
    figures = figures_of(text, rules)
    checked = check_rows(
        figures, staging.region, source=staging.source, file=staging.file, today=staging.delivered.today
    )
    refused = text[text["line"].isin(checked.rejected["line"])]  # what passed is made of names that are known
    if len(refused):
        words = [c for c in text.columns if c not in (*NUMBERS, "line", "period_start", "as_of")]
        distinct = zip_longest(*(refused[c].unique() for c in words), fillvalue="")
        weigh(Path(staging.file), evidence_of_persons([words, *distinct]))
    return checked


def _evidence(columns: Mapping[str, CodedColumn]) -> dict[str, NumberEvidence]:
    texts = {c: columns[c].names for c in NUMBERS if c in columns and columns[c].numbers is None}
    return {c: evidence_of(pd.Series(values, dtype=object)) for c, values in texts.items()}


def _rules(
    evidence: Mapping[str, NumberEvidence], columns: Mapping[str, CodedColumn], staging: Staging
) -> dict[str, NumberRule]:
    forms = {"lon": NO_THOUSANDS, "lat": NO_THOUSANDS}
    read = {c: e.rule(**forms.get(c, staging.form), where=f"{staging.file}, column '{c}'") for c, e in evidence.items()}
    return _typed(columns) | read


def _typed(columns: Mapping[str, CodedColumn]) -> dict[str, NumberRule]:
    return {c: _AS_NUMBERS for c in columns if columns[c].numbers is not None}


def _read_by_one_rule(
    pieces: Sequence[Piece], taken: list[TakenPiece], staging: Staging, run: Callable[..., list[TakenPiece]]
) -> list[TakenPiece]:
    """The pieces, those that were read by another rule than the whole column's read anew."""
    names = dict.fromkeys(c for t in taken for c in t.evidence)
    whole = {c: sum((t.evidence[c] for t in taken if c in t.evidence), NumberEvidence()) for c in names}
    rules = _rules(whole, {}, staging)
    anew = [
        n
        for n, t in enumerate(taken)
        if any(t.evidence[c] != NumberEvidence() and (t.rules is None or t.rules[c] != rules[c]) for c in t.evidence)
    ]
    again = run("read again", partial(take_piece, rules=rules), [pieces[n] for n in anew])
    replaced = dict(zip(anew, again, strict=True))
    return [replaced.get(n, t) for n, t in enumerate(taken)]


def _write_parts(rows: pa.Table, staging: Staging, *, piece: int, name: str) -> list[StagedPart]:
    """Files of a piece's rows, one for each group of periods."""
    ordered, group = in_time_order(rows, staging.region.freq)
    edges = [0, *([] if staging.whole else (np.flatnonzero(np.diff(group)) + 1).tolist()), len(group)]
    parts = []
    for first, end in pairwise(edges) if len(group) else ():
        number = -1 if staging.whole else int(group[first])
        path = staging.folder / f"{name}-{number}.parquet"
        write_part(path, partition_bytes(ordered.slice(first, end - first), group[first:end], metadata={}))
        np.save(path.with_suffix(".npy"), ordered.column("line").slice(first, end - first).to_numpy())
        parts.append(StagedPart(path, number, int(end - first), days_of(ordered.slice(first, end - first)), piece))
    return parts


def _meeting(
    taken: Sequence[TakenPiece], rejected: pd.DataFrame, stored: Sequence[Partition], staging: Staging
) -> tuple[list[Meeting], list[StagedPart]]:
    """Groups of periods to be settled; and parts that are alone in theirs."""
    groups: dict[int, list[StagedPart]] = {}
    for part in (p for t in taken for p in t.parts):
        groups.setdefault(part.group, []).append(part)
    lost = rejected[rejected["lost"]]
    theirs = np.full(len(lost), -1) if staging.whole else groups_of_frame(lost, staging.region.freq)
    refused = {int(g): lost[theirs == g] for g in np.unique(theirs)}
    held: dict[int, list[Partition]] = {}
    for partition in stored:
        for group in {-1, *groups_of(partition, staging.region.freq)} & (groups.keys() | refused.keys()):
            held.setdefault(group, []).append(partition)
    several = {g for g, parts in groups.items() if len(parts) > 1}
    repeats = {p.group for t in taken if t.repeats for p in t.parts}
    doubtful = several | held.keys() | refused.keys() | repeats
    none = rejected.iloc[:0]
    meeting = [
        Meeting(g, tuple(groups.get(g, [])), tuple(held.get(g, [])), refused.get(g, none), g in repeats)
        for g in sorted(doubtful)
    ]
    return meeting, [parts[0] for g, parts in groups.items() if g not in doubtful]


def settle_group(meeting: Meeting, *, staging: Staging, before: Sequence[int]) -> SettledGroup:
    """Settle the figures of one group of periods; parts that need no change stay as they are."""
    parts = meeting.parts
    if _are_apart(meeting):
        rows = sum(p.rows for p in parts)
        nothing = {"confirmed": _CONFIRMED.empty_table(), "rejected": join_refused([])}
        return SettledGroup(parts, **nothing, accepted=rows, offered=rows)
    tables = [
        read_partitions(list_partitions([p.path])).append_column(
            LINED.field("line"), pa.array(np.load(p.path.with_suffix(".npy")) + before[p.piece])
        )
        for p in parts
    ]
    settled = settle(joined([LINED.empty_table(), *tables]), meeting.refused, meeting.stored, staging.delivered)
    done = {
        "confirmed": settled.confirmed,
        "rejected": settled.rejected,
        "accepted": settled.accepted,
        "offered": settled.offered,
    }
    if len(parts) <= FEW_PARTS and settled.unchanged:
        return SettledGroup(tuple(parts), **done)
    if not len(settled.news):
        return SettledGroup((), **done)
    path = staging.folder / f"settled-{meeting.group}.parquet"
    return SettledGroup((stage(settled.news, path, meeting.group, staging.region.freq),), **done)


def _are_apart(meeting: Meeting) -> bool:
    """Whether two parts share no figure, and nothing else is to be settled: by the rows of the days that they share."""
    if meeting.repeats or meeting.stored or len(meeting.refused) or len(meeting.parts) != FEW_PARTS:
        return False
    first, last = (max(p.days[0] for p in meeting.parts), min(p.days[1] for p in meeting.parts))
    if first > last:
        return True
    shared = [between(read_partitions(list_partitions([p.path]), FIGURE), first, last) for p in meeting.parts]
    return not repeated(figure_codes(joined(shared), FIGURE))


def _neighbours(parts: Sequence[StagedPart]) -> list[list[StagedPart]]:
    """Parts that follow each other and are small, together until they are large enough; each large one alone."""
    out: list[list[StagedPart]] = []
    for part in parts:
        small = out and sum(p.rows for p in out[-1]) < GROUP_ROWS and part.rows < GROUP_ROWS
        if small and is_long(out[-1][-1].group) == is_long(part.group):
            out[-1].append(part)
        else:
            out.append([part])
    return out


def merge_parts(parts: Sequence[StagedPart], *, staging: Staging) -> StagedPart:
    """One part of several."""
    rows = joined([read_partitions(list_partitions([p.path])) for p in parts])
    return stage(rows, staging.folder / f"merged-{parts[0].path.name}", parts[0].group, staging.region.freq)


def stage(rows: pa.Table, path: Path, group: int, freq: Freq) -> StagedPart:
    """Write rows into a file that is not in its place yet."""
    ordered, groups = in_time_order(rows, freq)
    write_part(path, partition_bytes(ordered, groups, metadata={}))
    return StagedPart(path, group, len(ordered), days_of(ordered))
