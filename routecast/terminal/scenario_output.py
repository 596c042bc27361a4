"""What `routecast scenario` prints and writes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from rich.table import Table

from dashboards.edition_view.scenario_changes import bands, difference, excess, most_changed, signed
from dashboards.figures.svg.differences import difference_map, small_multiples
from dashboards.scenarios.reception import reception_rows
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording import scenarios as said
from pipelines.scenarios.compare import Compared
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_name

TOP = 12


def scenario_table(compared: Compared, scenario: str, level: str) -> Table:
    """Of each place the period that changes most."""
    base = compared.base
    manifest = base.edition.manifest
    synthetic = f" · {texts.SYNTHETIC_SHORT}" if manifest["synthetic"] else ""
    title = f"{scenario} · {level}s that change most · {manifest['region_name']} · {base.edition.id}{synthetic}"
    table = Table(title=title)
    head = said.CHANGES
    for key in ("place", "period"):
        table.add_column(head[key], no_wrap=True, max_width=34)
    for key in ("baseline", "scenario", "difference", "higher", "band", "excess"):
        table.add_column(head[key], justify="right", no_wrap=True)
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
    table = Table(title="Scenarios against each other, segments")
    for column in ("A", "B", "place", "period"):
        table.add_column(column, no_wrap=True, max_width=30)
    for column in ("A − B (80 %)", "P(A > B)"):
        table.add_column(column, justify="right", no_wrap=True)
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
