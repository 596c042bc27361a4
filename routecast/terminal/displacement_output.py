"""What `routecast scenario displacement` prints and writes."""

from pathlib import Path

import pandas as pd
from rich.table import Table

from dashboards.components.scenarios.displacement import lag_word, matrix_csv
from dashboards.figures.displacement import displacement_svg
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.scenarios import CAVEAT
from pipelines.scenarios.scenario_edition import ScenarioEdition
from pipelines.store.atomic import write_atomically
from routecast.terminal.errors import UsageError

SHOWN_OF_ALL = 3  # alternatives of each segment where all are printed
MIN_SHARE = 0.005


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
    shown = Table(title=title)
    columns = ("segment", "to", "share", "80 % range", "lag", "steps away", "from history")
    for column in columns[0 if segment is None else 1 :]:
        shown.add_column(column, justify="left" if column in ("segment", "to") else "right", no_wrap=True)
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
    return [shown, CAVEAT, *([str(manifest["footnote"])] if manifest.get("footnote") else [])]


def write_displacement(base: ScenarioEdition, matrix: pd.DataFrame, segment: str | None, out: Path) -> list[Path]:
    """Write the matrix as CSV, and the flow map of one segment, or of the five with most traffic; what was written."""
    out.mkdir(parents=True, exist_ok=True)
    written = [out / "displacement.csv"]
    write_atomically(written[0], matrix_csv(matrix))
    for name in [segment] if segment else _busiest(base, matrix):
        title = f"If {name} tightens: share of what it diverts, by where it turns to.\n{CAVEAT}"
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
