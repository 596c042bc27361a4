"""Reception places under scenarios, as texts for page and command line."""

import pandas as pd

from dashboards.edition_view.scenario_changes import signed
from dashboards.wording import formats as words
from dashboards.wording import scenarios as texts
from pipelines.scenarios.compare import Compared

MATTERS = 0.05  # places lacking; less is no change
NEEDED = 0.5  # places; a smaller change of what is needed is not told
TOTAL = "total"


def lacking(row: pd.Series) -> str:
    """Expected places lacking, baseline → scenario; that no capacity is stated, where none is."""
    if words.missing(float(row["shortfall"])):
        return texts.NO_STATED_CAPACITY
    before, after = (
        f"{row[c]:.1f}" if row[c] < 10 else words.number(row[c]) for c in ("baseline_shortfall", "shortfall")
    )
    return before if before == after else f"{before} → {after}"


def reception_rows(compared: Compared, *, horizon: int, short: bool = False) -> pd.DataFrame:
    """The sum of all places, then those whose need changes, or that have no stated capacity; by scenario.

    Columns as `texts.RECEPTION`; `short`: places by their segment alone.
    """
    at = compared.reception[compared.reception["horizon"] == horizon]
    change = (at["need_q50"] - at["baseline_need_q50"]).abs().ge(NEEDED) | at["difference"].abs().ge(MATTERS)
    other_plan = at["capacity"].ne(at["baseline_capacity"]) & at["capacity"].notna()
    whole = at["unit"].eq(TOTAL)
    rows = at[whole | change | other_plan | at["capacity"].isna()].assign(whole=whole)
    rows = rows.sort_values(["whole", "difference"], ascending=False, kind="stable", key=_size)
    return pd.DataFrame([_row(r, short=short) for _, r in rows.iterrows()], columns=list(texts.RECEPTION))


def _size(column: pd.Series) -> pd.Series:
    return column if column.dtype == bool else column.abs()


def _row(row: pd.Series, *, short: bool) -> dict[str, str]:
    known = not words.missing(float(row["capacity"]))
    everywhere = texts.RECEPTION_SUM if short else texts.RECEPTION_ALL
    name = everywhere.format(known=row["places_known"], places=row["places"])
    at = str(row["segment"]) if short else f"{words.starred(str(row['name']))} ({row['segment']})"
    place = name if row["unit"] == TOTAL else at
    before, after = words.planned(row["baseline_capacity"]), words.planned(row["capacity"])
    change = f"{signed(row['difference'])} ({signed(row['difference_q10'])} … {signed(row['difference_q90'])})"
    return {
        "place": place,
        "scenario": str(row["scenario"]),
        "baseline": f"{words.number(row['baseline_need_q50'])} ({_range(row, 'baseline_need')})",
        "need": f"{words.number(row['need_q50'])} ({_range(row, 'need')})",
        "capacity": texts.NO_STATED_CAPACITY if not known else after if before == after else f"{before} → {after}",
        "lacking": lacking(row),
        "difference": change if known else "–",
        "chance": words.share(row["chance_short"]) if known else "–",
    }


def _range(row: pd.Series, prefix: str) -> str:
    return words.interval(row[f"{prefix}_q10"], row[f"{prefix}_q90"]).removesuffix(" (80 %)")


def total_lacking(compared: Compared, scenario: str, *, horizon: int) -> str | None:
    """Expected places lacking over all places with a stated capacity; None where the edition forecasts none."""
    table = compared.reception
    mine = table[(table["scenario"] == scenario) & (table["horizon"] == horizon) & table["unit"].eq(TOTAL)]
    return None if mine.empty else lacking(mine.iloc[0])
