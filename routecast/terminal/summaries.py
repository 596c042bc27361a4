"""Tables and lines that a command prints."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from rich.table import Table

from dashboards.edition_view.facts import rank_units
from dashboards.wording.bands import band
from dashboards.wording.formats import interval, number, percent
from pipelines.editions.edition import Edition
from pipelines.jobs.backtest import BacktestResult
from pipelines.jobs.run import RunResult

TOP = 8
SHOWN_HORIZON = 3
NO_INDICATOR = "rows of no known indicator"


def new_table(title: str, left: Iterable[str], right: Iterable[str], *, max_width: int | None = None) -> Table:
    """An empty table with columns of words and columns of figures; no cell is broken into lines."""
    table = Table(title=title)
    for column in left:
        table.add_column(column, no_wrap=True, max_width=max_width)
    for column in right:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def pressure_table(edition: Edition) -> Table:
    """Top pressure points of the edition's first indicator."""
    risk = edition.risk
    indicator = risk["indicator"].iloc[0]
    horizon = min(SHOWN_HORIZON, int(risk["horizon"].max()))
    ranked = rank_units(pd.DataFrame(risk), indicator=indicator, horizon=horizon).head(TOP)
    unit = "weeks" if edition.manifest["freq"] == "W" else "months"
    title = f"Top pressure points in {horizon} {unit} · {edition.manifest['region_name']} · {edition.id}"
    table = Table(title=title + (" · SYNTHETIC DATA" if edition.manifest["synthetic"] else ""))
    table.add_column("segment", no_wrap=True, min_width=10)
    table.add_column("name", no_wrap=True, max_width=44)  # the one column that gives way in a narrow terminal
    table.add_column("pressure", no_wrap=True, min_width=9)
    for column in ("median", "80 % range", "chance of exceeding"):
        table.add_column(column, justify="right", no_wrap=True, min_width=len(column))
    for row in ranked.itertuples():
        chance = "–" if pd.isna(row.exceedance_probability) else percent(row.exceedance_probability)
        word = band(row.pressure_band).word
        table.add_row(
            row.segment, row.name, word, number(row.q50), interval(row.q10, row.q90).removesuffix(" (80 %)"), chance
        )
    return table


LONGEST_STAGES = 3


def run_lines(result: RunResult) -> list[str]:
    """Account of the counts, where things are, and how the run went."""
    edition = result.published.edition
    lines = [
        f"{c['indicator'] or NO_INDICATOR}: in {c['counted_in']:,.0f} = grid {c['on_grid']:,.0f}"
        f" + {_quarantined(c)} + unallocated {c['unallocated']:,.0f}"
        for c in edition.manifest["conservation"]
    ]
    lines += [
        f"Much of {f['source']} {f['file']} was refused ({f['refused_share']:.0%} of its count): mend the rows that "
        "'routecast quarantine' lists, and send the whole file again under the same name."
        for f in edition.quality.get("files", ())
        if f["much_refused"]
    ]
    if result.substitutes:
        lines.append(f"Models that failed and were left out: {', '.join(result.substitutes[:5])}.")
    alerts = edition.table("alerts")
    if len(alerts):
        raised = int(alerts["state"].isin(["new", "worse"]).sum())
        lines.append(f"Alerts: {raised} raised now, {len(alerts) - raised} told of before.")
    lines.append(f"{'Published' if result.published.new else 'Already published, nothing new'}: {edition.id}")
    if result.published.set_aside:
        lines.append(
            f"It was rolled back from, and readers are not led to it. To show it: 'routecast editions rollback "
            f"{edition.id} --reason …'."
        )
    lines.append(f"Edition:  {edition.folder}")
    lines.append(f"Briefing: {edition.folder / 'briefing.pdf'}")
    lines += [] if result.report is None else report_lines(result.report)
    if edition.manifest.get("footnote"):
        lines.append(edition.manifest["footnote"])
    return lines


def _quarantined(account: Mapping[str, Any]) -> str:
    rows = account.get("unreadable_rows", 0)
    if not rows:
        return f"quarantined {account['quarantined']:,.0f}"
    return f"quarantined at least {account['quarantined']:,.0f} (rows without a readable count: {rows:,})"


def report_lines(report: Mapping[str, Any]) -> list[str]:
    """How a run went: seconds and the longest stages, memory, what was taken over from one that did not end."""
    longest = sorted(report["stages"], key=lambda s: -s["seconds"])[:LONGEST_STAGES]
    stages = ", ".join(f"{s['stage']} {s['seconds']:,.0f} s" for s in longest)
    memory = report["peak_memory_mib"]
    held = f"{memory['run']:,} MiB here" + (f", {memory['worker']:,} MiB a worker" if memory.get("worker") else "")
    lines = [f"Run {report['run']}: {report['seconds']:,.0f} s (longest: {stages}); at most {held}."]
    if report["reused"]:
        lines.append(f"Taken over from a run that did not end: {len(report['reused'])} parts.")
    lines += [f"Thrown away and made again, its bytes were not those written: {path}" for path in report["broken"]]
    return [*lines, f"Log:      {report['log']}"]


def backtest_tables(result: BacktestResult) -> tuple[Table, ...]:
    """Mean scores per level and model, best first, of single periods, and of sums over a quarter where any is known."""
    single = _backtest_table(result.title, result.summary)
    if not result.sum_periods:
        return (single,)
    return single, _backtest_table(f"Sums over {result.sum_periods} periods", result.sums)


def _backtest_table(title: str, summary: pd.DataFrame) -> Table:
    """Rows of `summarise`; "÷ base": against the baseline's on the same forecasts."""
    figures = ("units", "WIS log1p", "÷ base", "WIS", "÷ base", "in 50 %", "in 95 %", "forecasts")
    table = new_table(title, ("level", "model"), figures)
    for row in summary.itertuples():
        table.add_row(
            row.level,
            row.model,
            f"{row.units:,}",
            f"{row.wis_log1p:.3f}",
            f"{row.relative_wis_log1p:.3f}",
            f"{row.wis:,.1f}",
            f"{row.relative_wis:.3f}",
            percent(row.covered_50),
            percent(row.covered_95),
            f"{row.forecasts:,}",
        )
    return table
