"""A comparison as tables for readers: summary, differences at one period, who exceeds whom, bands by period."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from dashboards.edition_view.scenario_changes import MATTERS, bands, difference, excess, signed
from dashboards.scenarios.reception import total_lacking
from dashboards.wording import formats as words
from dashboards.wording import scenarios as texts
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band_change
from pipelines.scenarios.compare import Compared

LETTERS = {"low": "L", "moderate": "M", "high": "H", "very_high": "V"}
_BY_LETTER = {LETTERS[b.id]: b for b in ALL_BANDS}


def rows_at(compared: Compared, *, level: str, horizon: int) -> pd.DataFrame:
    """Rows of the comparison of one level and horizon."""
    table = compared.table
    return table[(table["level"] == level) & (table["horizon"] == horizon)]


def widest(compared: Compared) -> str:
    """The unit that speaks for all that is compared: the headline, else the total, else the route that was chosen."""
    whole = compared.table.loc[compared.table["level"].isin(["headline", "total", "route"]), "unit"].unique()
    return next((u for u in ("headline", "total") if u in whole), str(whole[0]))


def summary_rows(compared: Compared, *, horizon: int) -> list[dict[str, str]]:
    """One row a scenario: the whole region, how many bands rise and fall, who leaves."""
    at = compared.table[compared.table["horizon"] == horizon]
    whole = at[at["unit"] == widest(compared)].set_index("scenario")
    ledger = compared.ledger[compared.ledger["flow"] == "left"].set_index("scenario")
    found = []
    for scenario in compared.scenarios:
        mine = at[(at["scenario"] == scenario.name) & (at["level"] == "segment")]
        steps = [
            band_change(a, b) or 0 for a, b in zip(mine["pressure_band"], mine["baseline_pressure_band"], strict=True)
        ]
        row, left = whole.loc[scenario.name], ledger.loc[scenario.name]
        found.append(
            {
                "scenario": scenario.name,
                "whole": difference(row),
                "higher": words.share(row["probability_higher"]),
                "up": str(sum(s > 0 for s in steps)),
                "down": str(sum(s < 0 for s in steps)),
                **({"lacking": lack} if (lack := total_lacking(compared, scenario.name, horizon=horizon)) else {}),
                "left": f"{words.number(left['mean'])} ({words.number(left['q10'])}–{words.number(left['q90'])})",
            }
        )
    return found


def changed_units(compared: Compared, *, level: str, horizon: int | None = None, top: int = 1_000) -> list[str]:
    """Units that change, the most first: over all scenarios, at one horizon or at each one's own largest change."""
    table = compared.table[compared.table["level"] == level]
    if horizon is not None:
        table = table[table["horizon"] == horizon]
    table = table[_changes(table)]
    size = table["difference_mean"].abs().groupby(table["unit"], sort=False).max()
    return size.sort_values(ascending=False, kind="stable").head(top).index.tolist()


def _changes(table: pd.DataFrame) -> pd.Series:
    """Whether a scenario changes a place: its figure, or the chance of exceeding its capacity."""
    chance = (table["exceedance_probability"] - table["baseline_exceedance_probability"]).abs()
    return table["difference_mean"].abs().ge(MATTERS) | chance.ge(0.005)


def difference_rows(
    compared: Compared, *, level: str, horizon: int, countries: Mapping[str, str], top: int = 200
) -> pd.DataFrame:
    """Every changed place and scenario at one horizon, as texts; columns as `texts.TABLE`."""
    at = rows_at(compared, level=level, horizon=horizon).set_index("unit")
    rows = []
    at = at[_changes(at)]
    for unit in changed_units(compared, level=level, horizon=horizon, top=top):
        for _, row in at.loc[[unit]].iterrows():
            into = words.country(str(row["to_country"]), countries) if row["to_country"] else ""
            rows.append(
                {
                    "place": place_of(row),
                    "into": into,
                    "baseline": _middle(row, "baseline_"),
                    "scenario": row["scenario"],
                    "value": _middle(row, ""),
                    "difference": difference(row),
                    "higher": words.share(row["probability_higher"]),
                    "band": bands(row),
                    "excess": excess(row),
                }
            )
    return pd.DataFrame(rows, columns=list(texts.TABLE))


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
    at = compared.table[(compared.table["unit"] == unit) & (compared.table["horizon"] == horizon)]
    for _, row in at.iterrows():
        _both_ways(shown, row["scenario"], texts.BASELINE, row)
    if len(compared.pairs):
        pairs = compared.pairs[(compared.pairs["unit"] == unit) & (compared.pairs["horizon"] == horizon)]
        for _, row in pairs.iterrows():
            _both_ways(shown, row["scenario"], row["other"], row)
    return shown


def _both_ways(shown: pd.DataFrame, one: str, other: str, row: pd.Series) -> None:
    shown.loc[one, other] = words.share(row["probability_higher"])
    shown.loc[other, one] = words.share(row["probability_lower"])


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
    return [_letter(b) for b in rows[column]]


def _letter(band_id: object) -> str:
    return LETTERS.get(str(band_id), "–") if isinstance(band_id, str) else "–"


def coloured_bands(grid: pd.DataFrame, periods: list[str]) -> Styler:
    """The grid on the bands' colours; the letter is the second cue."""
    shown = grid.set_axis(periods, axis=1).reset_index()
    return shown.style.map(_cell_style, subset=periods)


def _cell_style(letter: str) -> str:
    known = _BY_LETTER.get(letter, NO_BAND)
    return f"background-color: {known.colour}; color: {known.ink}; text-align: center"


def account_rows(compared: Compared, flows: Mapping[str, str]) -> pd.DataFrame:
    """Sources and sinks of what each scenario changes, as texts."""
    ledger = compared.ledger
    said = [
        f"{signed(m)} ({signed(low)} … {signed(high)})" for m, low, high in ledger[["mean", "q10", "q90"]].to_numpy()
    ]
    named = ledger["flow"].map(flows)
    return pd.DataFrame(dict(zip(texts.ACCOUNT.values(), (ledger["scenario"], named, said), strict=True)))
