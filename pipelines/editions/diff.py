"""What changed between two editions: inputs, settings, observed figures, bands, medians; the largest first."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from forecasting.base.contracts import BANDS
from pipelines.editions.edition import Edition
from pipelines.store.periods import period_name

KINDS = ("input", "setting", "observed", "band", "median")
COLUMNS = ("kind", "indicator", "unit", "period", "what", "before", "after", "change")
_FIGURE = ["indicator", "unit", "period"]
# what of the manifest decides an edition beside its files; nested mappings are compared key by key
_SETTINGS = ("settings", "seed", "code_version", "pack_version", "libraries", "as_of")


def diff_editions(before: Edition, after: Edition) -> pd.DataFrame:
    """Every change from one edition to another, by kind in the order of `KINDS`, the largest change first.

    Forecasts are compared for the same target period, observed figures for the same period, so that editions of
    different weeks can be held side by side; a period that only one of them speaks of is no change.

    Args:
        before: The edition to compare with.
        after: The other one, of the same region.

    Returns:
        Columns `COLUMNS`: `before` and `after` are numbers, words or checksums (None: not there); `change` is
        after − before in counts, or in steps of the band; NaN where there is no distance.
    """
    parts = [
        _entries(_inputs(before), _inputs(after), kind="input"),
        _entries(_settings(before), _settings(after), kind="setting"),
        _figures(_observed(before), _observed(after), kind="observed"),
        _bands(before, after),
        _figures(_risk(before, "q50"), _risk(after, "q50"), kind="median"),
    ]
    filled = [p for p in parts if len(p)]
    if not filled:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat([p.reindex(columns=list(COLUMNS)).astype(object) for p in filled], ignore_index=True)


def _inputs(edition: Edition) -> dict[str, str]:
    return {f"{e['source']} {e['file']} {e['sha256'][:12]}": e["sha256"] for e in edition.manifest["inputs"]}


def _settings(edition: Edition) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _SETTINGS:
        value = edition.manifest.get(name)
        nested: Mapping[str, Any] = value if isinstance(value, dict) else {"": value}
        found |= {f"{name} {key}".strip(): _text(v) for key, v in nested.items() if v not in (None, [])}
    return found


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a manifest holds
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def _entries(old: Mapping[str, str], new: Mapping[str, str], *, kind: str) -> pd.DataFrame:
    names = [n for n in sorted({*old, *new}) if old.get(n) != new.get(n)]
    return pd.DataFrame(
        {"kind": kind, "what": n, "before": old.get(n), "after": new.get(n), "change": np.nan} for n in names
    )


def _observed(edition: Edition) -> pd.Series:
    history = edition.forecast["history"].sel(nationality="TOTAL", drop=True)
    times = pd.DatetimeIndex(history["time"].to_numpy())
    named = history.assign_coords(time=[period_name(t, edition.manifest["freq"]) for t in times])
    return named.rename(time="period").rename("count").to_series().reorder_levels(_FIGURE)


def _risk(edition: Edition, column: str) -> pd.Series:
    risk, freq = edition.risk, edition.manifest["freq"]
    names = {t: period_name(t, freq) for t in risk["target_start"].unique()}
    keyed = pd.DataFrame(risk[["indicator", "unit", column]]).assign(period=risk["target_start"].map(names))
    return keyed.set_index(_FIGURE)[column]


def _both(old: pd.Series, new: pd.Series) -> pd.DataFrame:
    """The figures of which both editions speak, known or not."""
    return pd.concat({"before": old, "after": new}, axis=1, join="inner")


def _figures(old: pd.Series, new: pd.Series, *, kind: str) -> pd.DataFrame:
    both = _both(old, new)
    same = (both["before"] == both["after"]) | (both["before"].isna() & both["after"].isna())
    changed = both[~same].assign(kind=kind)
    changed["change"] = changed["after"] - changed["before"]
    # a figure that appeared or went is as large a change as the figure
    size = changed["change"].abs().fillna(changed["after"].fillna(changed["before"]).abs())
    return changed.loc[size.sort_values(ascending=False, kind="stable").index].reset_index()


def _bands(old: Edition, new: Edition) -> pd.DataFrame:
    both = _both(_risk(old, "pressure_band"), _risk(new, "pressure_band"))
    both = both.astype(object).where(both.notna(), None)
    differ = np.array([b != a for b, a in zip(both["before"], both["after"], strict=True)], dtype=bool)
    changed = both[differ].assign(kind="band")
    changed["change"] = changed["after"].map(_step) - changed["before"].map(_step)
    changed = changed.reset_index().assign(size=changed["change"].abs().fillna(0.0).to_numpy())
    return changed.sort_values(["size", "period"], ascending=[False, True], kind="stable", ignore_index=True)


def _step(word: str | None) -> float:
    return float(BANDS.index(word)) if word in BANDS else np.nan
