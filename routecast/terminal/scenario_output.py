"""What `routecast scenario` and `routecast allocation` print and write."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from dashboards.edition_view.scenario_changes import (
    bands,
    difference,
    excess,
    largest_changes,
    most_changed,
    with_range,
)
from dashboards.figures.displacement import displacement_svg
from dashboards.figures.svg.differences import difference_map, small_multiples
from dashboards.scenarios.tables import as_texts, displacement_rows, matrix_csv, reception_rows
from dashboards.wording import formats as words, pages as texts, scenarios as said
from pipelines.publish.export.spreadsheets import csv_text
from pipelines.scenarios.compare import Compared
from pipelines.scenarios.scenario_edition import ScenarioEdition
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_name
from routecast.terminal.errors import UsageError
from routecast.terminal.summaries import new_table

TOP = 12
SHOWN_OF_ALL = 3  # alternatives of each segment where all are printed


def _printed(title: str, rows: pd.DataFrame, *, left: int, max_width: int | None = None) -> Table:
    """Rows of texts; so many columns to the left, at most so wide, the others to the right."""
    columns = [str(c) for c in rows.columns]
    table = new_table(title, columns[:left], columns[left:], max_width=max_width)
    for row in rows.itertuples(index=False):
        table.add_row(*row)
    return table


def _title(base: ScenarioEdition, *parts: str) -> str:
    """A table's title: what it shows, of which edition, and that it is made up where it is."""
    synthetic = texts.SYNTHETIC_SHORT if base.edition.manifest["synthetic"] else ""
    return " · ".join(p for p in (*parts, base.edition.id, synthetic) if p)


def scenario_table(compared: Compared, scenario: str, level: str) -> Table:
    """Of each place the period that changes most."""
    base = compared.base
    cells: dict[str, Callable[[Any], str]] = {
        "place": lambda r: r["segment"] or r["name"],
        "period": lambda r: period_name(r["target_start"], base.region.freq),
        "baseline": lambda r: words.number(r["baseline_q50"]),
        "scenario": lambda r: words.number(r["q50"]),
        "difference": difference,
        "higher": lambda r: words.share(r["probability_higher"]),
        "band": bands,
        "excess": excess,
    }
    rows = as_texts(most_changed(compared.table, scenario=scenario, level=level, top=TOP), cells)
    title = _title(base, scenario, f"{level}s that change most", base.edition.manifest["region_name"])
    return _printed(title, rows.rename(columns=said.CHANGES), left=2, max_width=34)


def ledger_lines(compared: Compared, scenario: str) -> Iterator[str]:
    """Where the changed flow comes from and goes to: sources and sinks over all periods."""
    horizon = words.periods(compared.base.setting.horizon, compared.base.region.freq)
    yield f"{scenario}: account of the flow over {horizon} (passages, mean and 80 % range):"
    for _, row in compared.ledger[compared.ledger["scenario"] == scenario].iterrows():
        yield f"  {with_range(row, 'mean', 'q10', 'q90'):>28}  {said.LEDGER_WORDS[row['flow']]}"


def reception_table(compared: Compared) -> Table:
    """Beds against need in the period in which most lack: the sum, and where what is needed changes most."""
    whole = compared.reception[compared.reception["unit"].eq("total")]
    worst = int(whole.groupby("horizon")["shortfall"].max().fillna(0.0).idxmax())
    period = period_name(compared.base.scope.starts[worst - 1], compared.base.region.freq)
    table = Table(title=f"{said.RECEPTION_TITLE} · {period}")
    for key, head in said.RECEPTION.items():
        table.add_column(head, justify="left" if key in ("place", "scenario") else "right", max_width=34)
    for row in reception_rows(compared, horizon=worst, short=True).head(TOP).itertuples(index=False):
        table.add_row(*row)
    return table


def pair_table(compared: Compared) -> Table:
    """Scenario against scenario: of each place the period that differs most."""
    starts, pairs = compared.base.scope.starts, compared.pairs[compared.pairs["unit"].str.startswith("segment:")]
    peaks = [largest_changes(rows, top=TOP // 2) for _, rows in pairs.groupby(["scenario", "other"], sort=False)]
    cells: dict[str, Callable[[Any], str]] = {
        "A": lambda r: str(r["scenario"]),
        "B": lambda r: str(r["other"]),
        "place": lambda r: str(r["unit"]).removeprefix("segment:"),
        "period": lambda r: period_name(starts[r["horizon"] - 1], compared.base.region.freq),
        "A − B (80 %)": difference,
        "P(A > B)": lambda r: words.share(r["probability_higher"]),
    }
    rows = as_texts(pd.concat(peaks), cells)
    return _printed("Scenarios against each other, segments", rows, left=4, max_width=30)


def displacement_lines(base: ScenarioEdition, matrix: pd.DataFrame, segment: str | None) -> list[str | Table]:
    """One segment's row of the displacement matrix, or the first alternatives of every segment.

    Raises:
        UsageError: no such segment on a route, or no other way.
    """
    if matrix.empty:
        raise UsageError(f"'{segment}': expected a segment on a route of '{base.region.id}' that has alternatives.")
    heads = {"segment": "segment", "alternative": "to", "share": "share", "range": "80 % range", "lag": "lag"}
    heads |= {"hops": "steps away", "history": "from history"}
    rows = displacement_rows(matrix, freq=base.region.freq).rename(columns=heads)
    rows = rows.drop(columns="segment") if segment else rows.groupby("segment", sort=False).head(SHOWN_OF_ALL)
    what = f"If {segment or 'a segment'} tightens: where what it diverts would turn to"
    footnote = base.edition.manifest.get("footnote")
    shown = _printed(_title(base, what), rows, left=1 if segment else 2)
    return [shown, said.CAVEAT, *([str(footnote)] if footnote else [])]


def write_displacement(base: ScenarioEdition, matrix: pd.DataFrame, segment: str | None, out: Path) -> list[Path]:
    """Write the matrix as CSV, and the flow map of one segment, or of the five with most traffic; what was written."""
    written = _written(matrix_csv(matrix), out / "displacement.csv")
    for name in [segment] if segment else _busiest(base, matrix):
        title = f"If {name} tightens: share of what it diverts, by where it turns to.\n{said.CAVEAT}"
        drawn = displacement_svg(matrix, base.region, segment=name, title=title)
        written += _written(drawn, out / f"displacement_{name}.svg")
    return written


def _busiest(base: ScenarioEdition, matrix: pd.DataFrame) -> list[str]:
    level = pd.Series(base.setting.transitions.level).groupby(list(base.setting.network.segments), sort=False).sum()
    known = set(matrix["segment"])
    return [s for s in level.sort_values(ascending=False, kind="stable").index if s in known][:5]


def write_comparison(compared: Compared, extra: Mapping[str, pd.DataFrame], out: Path) -> list[Path]:
    """Write tables, maps and small multiples; returns what was written."""
    tables = {"differences": compared.table, "pairs": compared.pairs, "ledger": compared.ledger}
    tables |= {"waiting": compared.waiting, "reception": compared.reception, **extra}
    written = []
    for name, table in tables.items():
        content = csv_text(table, float_format="%.6g").encode() if len(table) else None
        written += _written(content, out / f"{name}.csv")
    compared.table.to_parquet(out / "differences.parquet", index=False)
    written.append(out / "differences.parquet")
    for number, scenario in enumerate(compared.scenarios, start=1):
        title = f"{scenario.name}: mean difference a period. {said.CAVEAT}"
        drawn = difference_map(compared.table, compared.base.region, scenario=scenario.name, title=title)
        written += _written(drawn, out / f"map_{number}.svg")
    written += _written(small_multiples(compared.table, freq=compared.base.region.freq), out / "small_multiples.svg")
    return written + _written(about(compared).encode(), out / "about.txt")


def _written(content: bytes | None, path: Path) -> list[Path]:
    if content is None:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return [path]


def about(compared: Compared) -> str:
    """What the files are, in words that travel with them."""
    edition, manifest = compared.base.edition, compared.base.edition.manifest
    names = "; ".join(s.name for s in compared.scenarios)
    lines = [
        f"Scenarios on edition {edition.id} of {manifest['region_name']}: {names}",
        said.CAVEAT,
        said.SUMS,
        texts.DETECTIONS,
        *([texts.SYNTHETIC] if manifest["synthetic"] else []),
        *([manifest["footnote"]] if manifest.get("footnote") else []),
    ]
    return "\n".join(lines) + "\n"


def allocation_table(base: ScenarioEdition, table: pd.DataFrame, scenario: str) -> Table:
    """Beds given to each segment, and what of its need is lacking before and after."""
    period = period_name(base.scope.starts[int(table["horizon"].iloc[0]) - 1], base.region.freq)
    name = base.region.indicators[str(table["indicator"].iloc[0])].name
    figures = {
        "planned": ("capacity", ",.0f"),
        "further": ("places", ",.0f"),
        "lacking before": ("shortfall_before", ".1f"),
        "lacking after": ("shortfall_after", ".1f"),
        "next place saves": ("next_value", ".2f"),
    }
    shown = table[["segment"]].astype(str)
    for head, (column, form) in figures.items():
        none = "not stated" if column == "capacity" else "–"
        shown[head] = [
            none if words.missing(c) else format(v, form) for c, v in zip(table["capacity"], table[column], strict=True)
        ]
    return _printed(_title(base, name, period, scenario), shown, left=1)


def allocation_sums(table: pd.DataFrame, places: int) -> list[str]:
    """What the places given save, all segments together."""
    before, after, given = (float(table[c].sum()) for c in ("shortfall_before", "shortfall_after", "places"))
    lines = [f"Expected places lacking: {before:.1f} as planned, {after:.1f} with {given:,.0f} further ones."]
    if given < places:
        lines.append(f"{places - given:,.0f} of the {places:,d} would save nothing in this period and are not given.")
    elif table["next_value"].notna().any():
        lines.append(f"One more place would save {table['next_value'].max():.2f}.")
    return lines
