"""A comparison as tables for readers: differences, bands, beds, displacement, and files of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from dashboards.edition_view.file_notes import notes_of
from dashboards.edition_view.scenario_changes import MATTERS, bands, difference, excess, most_first, signed, with_range
from dashboards.scenarios.assumptions_in_words import assumed_in_words, held_back_in_words
from dashboards.wording import formats as words, scenarios as texts
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band_change
from pipelines.publish.export.dictionary import DIFFERENCES
from pipelines.publish.export.spreadsheets import csv_text, workbook_bytes
from pipelines.scenarios.compare import Compared

LETTERS = {"low": "L", "moderate": "M", "high": "H", "very_high": "V"}
_BY_LETTER = {LETTERS[b.id]: b for b in ALL_BANDS}
BEDS_NEEDED = 0.5  # a smaller change of what is needed is not told
MIN_SHARE = 0.005  # of what a place diverts
TOTAL = "total"
WHERE_WHEN = ["scenario", "name", "unit", "from_country", "to_country", "horizon", "target_start", "target_end"]
LEFT_OUT = ["indicator", "level", "segment", "border", "route"]  # of files: said by the unit's id


def as_texts(table: pd.DataFrame, columns: Mapping[Any, Callable[[Any], str]]) -> pd.DataFrame:
    """A table's rows as readers see them: of each column what is made of a row; without rows the columns alone."""
    rows = [row for _, row in table.iterrows()]
    return pd.DataFrame({name: [cell(row) for row in rows] for name, cell in columns.items()}, columns=list(columns))


def rows_at(compared: Compared, *, level: str, horizon: int) -> pd.DataFrame:
    """Rows of the comparison of one level and horizon."""
    table = compared.table
    return table[(table["level"] == level) & (table["horizon"] == horizon)]


def alone(compared: Compared, name: str) -> Compared:
    """One of the scenarios beside the baseline, without the others."""
    at = [s.name for s in compared.scenarios].index(name)

    def own(table: pd.DataFrame) -> pd.DataFrame:
        """Its rows of a table."""
        return table[table["scenario"].eq(name)].reset_index(drop=True) if len(table) else table

    return Compared(
        compared.base,
        compared.scenarios[at : at + 1],
        compared.outcomes[at : at + 1],
        table=own(compared.table),
        sums=own(compared.sums),
        pairs=compared.pairs.iloc[:0],
        ledger=own(compared.ledger),
        waiting=own(compared.waiting),
        reception=own(compared.reception),
    )


def widest(compared: Compared) -> str:
    """The unit that speaks for all that is compared: the headline, else the total, else the route that was chosen."""
    whole = compared.table.loc[compared.table["level"].isin(["headline", "total", "route"]), "unit"].unique()
    return next((u for u in ("headline", "total") if u in whole), str(whole[0]))


def headline_misses(compared: Compared, name: str, *, horizon: int) -> bool:
    """Whether places change under a scenario, and the headline that speaks for all does not as far as it is shown."""
    own = compared.table[compared.table["scenario"].eq(name) & compared.table["horizon"].eq(horizon)]
    moved = own["difference_q50"].map(signed).ne("0")
    return widest(compared) == "headline" and bool(
        moved[own["level"].eq("segment")].any() and not moved[own["level"].eq("headline")].any()
    )


def summary_rows(compared: Compared, *, horizon: int) -> list[dict[str, str]]:
    """One row a scenario: the whole region, how many bands rise and fall, who leaves."""
    at = compared.table[compared.table["horizon"] == horizon]
    whole = at[at["unit"] == widest(compared)].set_index("scenario")
    ledger = compared.ledger[compared.ledger["flow"] == "left"].set_index("scenario")
    missed = any(headline_misses(compared, s.name, horizon=horizon) for s in compared.scenarios)
    total = at[at["unit"] == "total"].set_index("scenario")
    found = []
    for scenario in compared.scenarios:
        own = at[(at["scenario"] == scenario.name) & (at["level"] == "segment")]
        pairs = zip(own["pressure_band"], own["baseline_pressure_band"], strict=True)
        steps = [band_change(after, before) or 0 for after, before in pairs]
        row, left = whole.loc[scenario.name], ledger.loc[scenario.name]
        found.append(
            {
                "scenario": scenario.name,
                "whole": difference(row),
                "sum": _sum(compared, scenario.name),
                **({"total": difference(total.loc[scenario.name])} if missed else {}),
                "higher": words.share(row["probability_higher"]),
                "up": str(sum(s > 0 for s in steps)),
                "down": str(sum(s < 0 for s in steps)),
                **({"lacking": lack} if (lack := total_lacking(compared, scenario.name, horizon=horizon)) else {}),
                "left": f"{words.number(left['mean'])} ({words.number(left['q10'])}–{words.number(left['q90'])})",
            }
        )
    return found


def sums_of(compared: Compared, name: str, *, part: str) -> pd.DataFrame:
    """Sums of a scenario "during" what it assumes, or "after" it; by unit, without rows where there is no such time."""
    sums = compared.sums
    return sums[sums["scenario"].eq(name) & sums["part"].eq(part)].set_index("unit", drop=False)


def _sum(compared: Compared, name: str) -> str:
    row = sums_of(compared, name, part="during").loc[widest(compared)]
    return texts.SUMMED.format(diff=difference(row), n=words.periods(int(row["periods"]), compared.base.region.freq))


def changed_units(compared: Compared, *, level: str, horizon: int | None = None, top: int = 1_000) -> list[str]:
    """Units that change, the most first: over all scenarios, at one horizon or at each one's own largest change."""
    table = compared.table[compared.table["level"] == level]
    if horizon is not None:
        table = table[table["horizon"] == horizon]
    return most_first(table[_changes(table)])["unit"].drop_duplicates().head(top).tolist()


def _changes(table: pd.DataFrame) -> pd.Series:
    """Whether a scenario changes a place: its figure, or the chance of exceeding its capacity."""
    chance = (table["exceedance_probability"] - table["baseline_exceedance_probability"]).abs()
    return table["difference_mean"].abs().ge(MATTERS) | chance.ge(0.005)


def difference_rows(
    compared: Compared, *, level: str, horizon: int, countries: Mapping[str, str], top: int = 200
) -> pd.DataFrame:
    """Every changed place and scenario at one horizon, as texts; columns as `texts.TABLE`."""
    at = rows_at(compared, level=level, horizon=horizon).set_index("unit")
    at = at[_changes(at)]
    units = changed_units(compared, level=level, horizon=horizon, top=top)
    cells: dict[str, Callable[[Any], str]] = {
        "place": place_of,
        "into": lambda r: words.country(str(r["to_country"]), countries) if r["to_country"] else "",
        "baseline": lambda r: _middle(r, "baseline_"),
        "scenario": lambda r: r["scenario"],
        "value": lambda r: _middle(r, ""),
        "difference": difference,
        "higher": lambda r: words.share(r["probability_higher"]),
        "band": bands,
        "excess": excess,
    }
    return as_texts(pd.concat([at.loc[[u]] for u in units]) if units else at, cells)


def beside_each_other(compared: Compared, *, horizon: int, top: int) -> pd.DataFrame:
    """The places that change most at one horizon, as texts: `place`, `baseline`, and the difference of each scenario.

    The columns of the scenarios are numbered from 0: somebody gave them names.
    """
    at = rows_at(compared, level="segment", horizon=horizon)
    units = changed_units(compared, level="segment", horizon=horizon, top=top)
    own = [at[at["scenario"] == s.name].set_index("unit").loc[units] for s in compared.scenarios]
    told = as_texts(own[0], {"place": place_of, "baseline": lambda r: _middle(r, "baseline_")})
    return pd.concat([told, *(as_texts(rows, {i: difference}) for i, rows in enumerate(own))], axis=1)


def place_of(row: pd.Series) -> str:
    """A unit's name with its segment's id, starred where Kosovo* is named."""
    name = words.starred(str(row["name"] or str(row.name)))
    name = f"{name[:1].upper()}{name[1:]}"
    return f"{name} ({row['segment']})" if row["segment"] and row["level"] == "segment" else name


def _middle(row: pd.Series, prefix: str) -> str:
    low, high = (words.number(row[f"{prefix}{q}"]) for q in ("q10", "q90"))
    return f"{words.number(row[f'{prefix}q50'])} ({low}–{high})"


def exceedance_table(compared: Compared, unit: str, *, horizon: int) -> pd.DataFrame:
    """Share of futures in which the row's figure is above the column's, baseline first; text, "–" on the diagonal."""
    names = [texts.BASELINE, *(s.name for s in compared.scenarios)]
    shown = pd.DataFrame("–", index=names, columns=names)
    for table in (compared.table.assign(other=texts.BASELINE), compared.pairs):
        here = table[(table["unit"] == unit) & (table["horizon"] == horizon)] if len(table) else table
        for _, row in here.iterrows():
            shown.loc[row["scenario"], row["other"]] = words.share(row["probability_higher"])
            shown.loc[row["other"], row["scenario"]] = words.share(row["probability_lower"])
    return shown


def band_grid(compared: Compared, *, level: str) -> pd.DataFrame:
    """Places whose band changes: letters by horizon, the baseline and then each scenario that changes it.

    Returns:
        Index (place, scenario), one column a horizon.
    """
    table = compared.table[compared.table["level"] == level].sort_values("horizon", kind="stable")
    lines: dict[tuple[str, str], list[str]] = {}
    for _, mine in table.groupby("unit", sort=False):
        rows = [mine[mine["scenario"] == s.name] for s in compared.scenarios]
        before = _letters(rows[0], "baseline_pressure_band")
        after = {str(r["scenario"].iloc[0]): _letters(r, "pressure_band") for r in rows}
        changed = {name: letters for name, letters in after.items() if letters != before}
        if changed:
            found = {texts.BASELINE: before, **changed}
            lines |= {(place_of(mine.iloc[0]), name): letters for name, letters in found.items()}
    index = pd.MultiIndex.from_tuples(list(lines) or [("", "")], names=["place", "scenario"])[: len(lines)]
    return pd.DataFrame(list(lines.values()), index=index, columns=[int(h) for h in np.unique(table["horizon"])])


def _letters(rows: pd.DataFrame, column: str) -> list[str]:
    return [LETTERS.get(str(band_id), "–") for band_id in rows[column]]


def coloured_bands(grid: pd.DataFrame, periods: list[str]) -> Styler:
    """The grid on the bands' colours; the letter is the second cue."""
    shown = grid.set_axis(periods, axis=1).reset_index()
    return shown.style.map(_cell_style, subset=periods)


def _cell_style(letter: str) -> str:
    known = _BY_LETTER.get(letter, NO_BAND)
    return f"background-color: {known.colour}; color: {known.ink}; text-align: center"


def account_rows(compared: Compared) -> pd.DataFrame:
    """Sources and sinks of what each scenario changes, as texts."""
    cells: tuple[Callable[[Any], str], ...] = (
        lambda r: r["scenario"],
        lambda r: texts.LEDGER_WORDS[r["flow"]],
        lambda r: with_range(r, "mean", "q10", "q90"),
    )
    steps = words.periods(compared.base.setting.horizon, compared.base.region.freq)
    heads = [head.format(steps=steps) for head in texts.ACCOUNT.values()]
    return as_texts(compared.ledger, dict(zip(heads, cells, strict=True)))


def movement_rows(table: pd.DataFrame) -> pd.DataFrame:
    """What is estimated of each cell's movement (`movement_table`), as texts."""
    cells: tuple[Callable[[Any], str], ...] = (
        lambda r: r["cell"],
        lambda r: words.count(r["level"]),
        lambda r: words.ratio(r["detection_share"]),
        lambda r: "–" if words.missing(r["mean_lag_periods"]) else f"{r['mean_lag_periods']:.1f}",
    )
    return as_texts(table, dict(zip(texts.MOVEMENT_TABLE.values(), cells, strict=True)))


def lacking_beds(row: pd.Series) -> str:
    """Expected beds lacking, baseline → scenario; that no capacity is stated, where none is."""
    if words.missing(float(row["shortfall"])):
        return texts.NO_STATED_CAPACITY
    before, after = (
        f"{row[c]:.1f}" if row[c] < 10 else words.number(row[c]) for c in ("baseline_shortfall", "shortfall")
    )
    return before if before == after else f"{before} → {after}"


def total_lacking(compared: Compared, scenario: str, *, horizon: int) -> str | None:
    """Expected beds lacking over all places with a stated capacity; None where the edition forecasts none."""
    table = compared.reception
    own = table[(table["scenario"] == scenario) & (table["horizon"] == horizon) & table["unit"].eq(TOTAL)]
    return None if own.empty else lacking_beds(own.iloc[0])


def reception_rows(compared: Compared, *, horizon: int, short: bool = False) -> pd.DataFrame:
    """The sum of all places, then those whose need changes, or that have no stated capacity; by scenario.

    Columns as `texts.RECEPTION`; `short`: places by their segment alone.
    """
    at = compared.reception[compared.reception["horizon"] == horizon]
    change = (at["need_q50"] - at["baseline_need_q50"]).abs().ge(BEDS_NEEDED) | at["difference"].abs().ge(MATTERS)
    other_plan = at["capacity"].ne(at["baseline_capacity"]) & at["capacity"].notna()
    whole = at["unit"].eq(TOTAL)
    rows = at[whole | change | other_plan | at["capacity"].isna()].assign(whole=whole)
    rows = rows.assign(size=rows["difference"].abs()).sort_values(["whole", "size"], ascending=False, kind="stable")
    everywhere = texts.RECEPTION_SUM if short else texts.RECEPTION_ALL

    def place(row: pd.Series) -> str:
        """The segment, or all places together."""
        if row["unit"] == TOTAL:
            return everywhere.format(known=row["places_known"], places=row["places"])
        return str(row["segment"]) if short else f"{words.starred(str(row['name']))} ({row['segment']})"

    def known(row: pd.Series, text: str, *, other: str = "–") -> str:
        """What rests on a capacity, where one is planned."""
        return other if words.missing(float(row["capacity"])) else text

    cells: dict[str, Callable[[Any], str]] = {
        "place": place,
        "scenario": lambda r: str(r["scenario"]),
        "baseline": lambda r: _needed(r, "baseline_need"),
        "need": lambda r: _needed(r, "need"),
        "capacity": lambda r: known(r, _plan(r), other=texts.NO_STATED_CAPACITY),
        "lacking": lacking_beds,
        "difference": lambda r: known(r, with_range(r, "difference", "difference_q10", "difference_q90")),
        "chance": lambda r: known(r, words.share(r["chance_short"])),
    }
    return as_texts(rows, cells)


def _needed(row: pd.Series, name: str) -> str:
    ends = words.interval(row[f"{name}_q10"], row[f"{name}_q90"]).removesuffix(" (80 %)")
    return f"{words.number(row[f'{name}_q50'])} ({ends})"


def _plan(row: pd.Series) -> str:
    before, after = words.planned(row["baseline_capacity"]), words.planned(row["capacity"])
    return after if before == after else f"{before} → {after}"


def displacement_rows(matrix: pd.DataFrame, *, freq: str) -> pd.DataFrame:
    """Rows of the displacement matrix as texts, without shares under half a per cent.

    Returns:
        `segment, alternative` (ids) and `share, range, lag, hops, history`.
    """
    cells: dict[str, Callable[[Any], str]] = {
        "segment": lambda r: str(r["segment"]),
        "alternative": lambda r: str(r["alternative"]),
        "share": lambda r: words.share(r["share"]),
        "range": lambda r: f"{100 * r['share_q10']:.0f}–{100 * r['share_q90']:.0f} %",
        "lag": lambda r: lag_word(float(r["lag_periods"]), freq),
        "hops": lambda r: f"{r['hops']:.0f}",
        "history": lambda r: words.share(r["from_history"]),
    }
    return as_texts(matrix[matrix["share"] >= MIN_SHARE], cells)


def lag_word(periods: float, freq: str) -> str:
    """The mean lag in words; under a tenth of a period it is none."""
    if periods < 0.1:
        return texts.AT_ONCE.format(step=words.period_word(freq))
    whole = round(periods, 1)
    return words.periods(int(whole), freq) if whole == int(whole) else f"{whole:.1f} {words.period_word(freq)}s"


def matrix_csv(matrix: pd.DataFrame) -> bytes:
    """The whole displacement matrix as CSV."""
    return csv_text(matrix, float_format="%.4g").encode()


def _difference_sheet(compared: Compared) -> pd.DataFrame:
    """Every scenario, unit and horizon; numbers as computed."""
    table = compared.table.drop(columns=LEFT_OUT)
    return table[[*WHERE_WHEN, *(c for c in table if c not in WHERE_WHEN)]]


def differences_csv(compared: Compared) -> bytes:
    """The table of differences as CSV (UTF-8), in which no cell is taken for a formula."""
    text = csv_text(_difference_sheet(compared), date_format="%Y-%m-%d", float_format="%.6g")
    return str(text).encode()


def differences_workbook(compared: Compared, written: Sequence[str], mark: str = "") -> bytes:
    """The same as an Excel workbook, after a sheet with the assumptions and what must go with the figures.

    Args:
        compared: Scenarios beside the baseline.
        written: Their texts, in the same order: the assumptions are told from them.
        mark: Profile, user and time.
    """
    assumed = [
        line
        for scenario, text in zip(compared.scenarios, written, strict=True)
        for line in (
            texts.ASSUMED.format(name=scenario.name),
            *(assumed_in_words(compared.base, text) or [texts.ASSUMED_NOTHING]),
            held_back_in_words(compared.base, text),
        )
    ]
    notes = [texts.CAVEAT, *assumed, texts.SUMS, *notes_of(compared.base.edition, mark)]
    return workbook_bytes(_difference_sheet(compared), notes, sheet=texts.SHEET, dictionary=DIFFERENCES)
