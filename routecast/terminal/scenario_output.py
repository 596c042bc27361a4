"""What `routecast scenario` and `routecast allocation` print and write."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from rich.table import Table

from dashboards.components.scenarios.displacement import lag_word, matrix_csv
from dashboards.edition_view.scenario_changes import bands, difference, excess, most_changed, signed
from dashboards.figures.displacement import displacement_svg
from dashboards.figures.svg.differences import difference_map, small_multiples
from dashboards.scenarios.reception import reception_rows
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording import scenarios as said
from pipelines.scenarios.compare import Compared
from pipelines.scenarios.scenario_edition import ScenarioEdition
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_name
from routecast.terminal.errors import UsageError
from routecast.terminal.summaries import new_table

TOP = 12
SHOWN_OF_ALL = 3  # alternatives of each segment where all are printed
MIN_SHARE = 0.005


def scenario_table(compared: Compared, scenario: str, level: str) -> Table:
    """Of each place the period that changes most."""
    base = compared.base
    manifest = base.edition.manifest
    synthetic = f" · {texts.SYNTHETIC_SHORT}" if manifest["synthetic"] else ""
    title = f"{scenario} · {level}s that change most · {manifest['region_name']} · {base.edition.id}{synthetic}"
    head = [
        said.CHANGES[k] for k in ("place", "period", "baseline", "scenario", "difference", "higher", "band", "excess")
    ]
    table = new_table(title, head[:2], head[2:], max_width=34)
    rows = most_changed(compared.table, scenario=scenario, level=level, top=TOP)
    for _, row in rows.iterrows():
        place = row["segment"] or row["name"]
        table.add_row(
            place,
            period_name(row["target_start"], base.region.freq),
            words.number(row["baseline_q50"]),
            words.number(row["q50"]),
            difference(row),
            words.share(row["probability_higher"]),
            bands(row),
            excess(row),
        )
    return table


def ledger_lines(compared: Compared, scenario: str) -> Iterator[str]:
    """Where the changed flow comes from and goes to: sources and sinks over all periods."""
    horizon = words.periods(compared.base.setting.horizon, compared.base.region.freq)
    yield f"{scenario}: account of the flow over {horizon} (passages, mean and 80 % range):"
    for row in compared.ledger[compared.ledger["scenario"] == scenario].itertuples():
        text = f"{signed(row.mean)} ({signed(row.q10)} … {signed(row.q90)})"
        yield f"  {text:>28}  {said.LEDGER_WORDS[str(row.flow)]}"


def reception_table(compared: Compared) -> Table:
    """Places against need in the period in which most lack: the sum, and where what is needed changes most."""
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
    title = "Scenarios against each other, segments"
    table = new_table(title, ("A", "B", "place", "period"), ("A − B (80 %)", "P(A > B)"), max_width=30)
    pairs = compared.pairs[compared.pairs["unit"].str.startswith("segment:")].dropna(subset=["difference_mean"])
    starts = compared.base.scope.starts
    for (a, b), rows in pairs.groupby(["scenario", "other"], sort=False):
        sized = rows.assign(size=rows["difference_mean"].abs())
        peaks = sized.loc[sized.groupby("unit", sort=False)["size"].idxmax()]
        for _, row in peaks.sort_values("size", ascending=False, kind="stable").head(TOP // 2).iterrows():
            table.add_row(
                str(a),
                str(b),
                str(row["unit"]).removeprefix("segment:"),
                period_name(starts[row["horizon"] - 1], compared.base.region.freq),
                difference(row),
                words.share(row["probability_higher"]),
            )
    return table


def write_comparison(compared: Compared, extra: Mapping[str, pd.DataFrame], out: Path) -> list[Path]:
    """Write tables, maps and small multiples; returns what was written."""
    out.mkdir(parents=True, exist_ok=True)
    tables = {
        "differences": compared.table,
        "pairs": compared.pairs,
        "ledger": compared.ledger,
        "waiting": compared.waiting,
        "reception": compared.reception,
        **extra,
    }
    written = []
    for name, table in tables.items():
        if len(table):
            path = out / f"{name}.csv"
            write_atomically(path, table.to_csv(index=False, float_format="%.6g").encode())
            written.append(path)
    compared.table.to_parquet(out / "differences.parquet", index=False)
    written.append(out / "differences.parquet")
    for number, scenario in enumerate(compared.scenarios, start=1):
        title = f"{scenario.name}: mean difference a period. {said.CAVEAT}"
        drawn = difference_map(compared.table, compared.base.region, scenario=scenario.name, title=title)
        written += _written(drawn, out / f"map_{number}.svg")
    written += _written(small_multiples(compared.table), out / "small_multiples.svg")
    written += _written(about(compared).encode(), out / "about.txt")
    return written


def _written(content: bytes | None, path: Path) -> list[Path]:
    if content is None:
        return []
    write_atomically(path, content)
    return [path]


def about(compared: Compared) -> str:
    """What the files are, in words that travel with them."""
    manifest = compared.base.edition.manifest
    lines = [
        f"Scenarios on edition {compared.base.edition.id} of {manifest['region_name']}: "
        + "; ".join(s.name for s in compared.scenarios),
        said.CAVEAT,
        said.SUMS,
        texts.DETECTIONS,
        *([texts.SYNTHETIC] if manifest["synthetic"] else []),
        *([manifest["footnote"]] if manifest.get("footnote") else []),
    ]
    return "\n".join(lines) + "\n"


def displacement_lines(base: ScenarioEdition, matrix: pd.DataFrame, segment: str | None) -> list[str | Table]:
    """One segment's row of the displacement matrix, or the first alternatives of every segment.

    Raises:
        UsageError: no such segment on a route, or no other way.
    """
    if matrix.empty:
        raise UsageError(f"'{segment}': expected a segment on a route of '{base.region.id}' that has alternatives.")
    manifest = base.edition.manifest
    mark = f" · {texts.SYNTHETIC_SHORT}" if manifest["synthetic"] else ""
    title = f"If {segment or 'a segment'} tightens: where what it diverts would turn to · {base.edition.id}{mark}"
    names = ("segment", "to")[0 if segment is None else 1 :]
    shown = new_table(title, names, ("share", "80 % range", "lag", "steps away", "from history"))
    told = matrix[matrix["share"] >= MIN_SHARE]
    told = told if segment else told.groupby("segment", sort=False).head(SHOWN_OF_ALL)
    for row in told.itertuples():
        cells = (
            str(row.alternative),
            words.share(row.share),
            f"{100 * row.share_q10:.0f}–{100 * row.share_q90:.0f} %",
            lag_word(float(row.lag_periods), base.region.freq),
            f"{row.hops:.0f}",
            words.share(row.from_history),
        )
        shown.add_row(*((str(row.segment),) if segment is None else ()), *cells)
    return [shown, said.CAVEAT, *([str(manifest["footnote"])] if manifest.get("footnote") else [])]


def write_displacement(base: ScenarioEdition, matrix: pd.DataFrame, segment: str | None, out: Path) -> list[Path]:
    """Write the matrix as CSV, and the flow map of one segment, or of the five with most traffic; what was written."""
    out.mkdir(parents=True, exist_ok=True)
    written = [out / "displacement.csv"]
    write_atomically(written[0], matrix_csv(matrix))
    for name in [segment] if segment else _busiest(base, matrix):
        title = f"If {name} tightens: share of what it diverts, by where it turns to.\n{said.CAVEAT}"
        drawn = displacement_svg(matrix, base.region, segment=name, title=title)
        if drawn is not None:
            written.append(out / f"displacement_{name}.svg")
            write_atomically(written[-1], drawn)
    return written


def _busiest(base: ScenarioEdition, matrix: pd.DataFrame) -> list[str]:
    level = base.setting.transitions.level
    totals: dict[str, float] = {}
    for name, value in zip(base.setting.network.segments, level, strict=True):
        totals[name] = totals.get(name, 0.0) + float(value)
    known = set(matrix["segment"])
    return [s for s in sorted(totals, key=lambda s: -totals[s]) if s in known][:5]


def allocation_table(base: ScenarioEdition, table: pd.DataFrame, scenario: str) -> Table:
    """Places given to each segment, and what of its need is lacking before and after."""
    period = period_name(base.scope.starts[int(table["horizon"].iloc[0]) - 1], base.region.freq)
    manifest = base.edition.manifest
    name = base.region.indicators[str(table["indicator"].iloc[0])].name
    parts = [name, period, scenario, base.edition.id, texts.SYNTHETIC_SHORT if manifest["synthetic"] else ""]
    figures = ("planned", "further", "lacking before", "lacking after", "next place saves")
    shown = new_table(" · ".join(p for p in parts if p), ("segment",), figures)
    for row in table.itertuples():
        if words.missing(row.capacity):
            shown.add_row(str(row.segment), "not stated", *["–"] * 4)
        else:
            shown.add_row(
                str(row.segment),
                f"{row.capacity:,.0f}",
                f"{row.places:,.0f}",
                f"{row.shortfall_before:.1f}",
                f"{row.shortfall_after:.1f}",
                f"{row.next_value:.2f}",
            )
    return shown


def allocation_sums(table: pd.DataFrame, places: int) -> list[str]:
    """What the places given save, all segments together."""
    before, after, given = (float(table[c].sum()) for c in ("shortfall_before", "shortfall_after", "places"))
    lines = [f"Expected places lacking: {before:.1f} as planned, {after:.1f} with {given:,.0f} further ones."]
    if given < places:
        lines.append(f"{places - given:,.0f} of the {places:,d} would save nothing in this period and are not given.")
    elif table["next_value"].notna().any():
        lines.append(f"One more place would save {table['next_value'].max():.2f}.")
    return lines
