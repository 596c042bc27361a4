"""Tables of scores: ratios on common forecasts with block-bootstrap intervals, coverage, held-out parts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from benchmarks.sets import PROTOCOL

KEYS = ["location", "horizon", "origin_date"]
BLOCK, REPEATS = 3, 1000  # successive cutoffs drawn together, since their targets overlap


def model_table(scores: pd.DataFrame, seconds: Mapping[str, float], *, against: str = "baseline") -> pd.DataFrame:
    """One row a model, best first: scores on the forecasts that it and the reference both made.

    Args:
        scores: Long frame of `score_frame`.
        seconds: CPU seconds by member.
        against: The reference of the ratios.
    """
    rows = []
    for model in scores["model"].unique():
        pairs = paired(scores, model, against)
        low, high = interval(pairs)
        rows.append(
            {
                "model": model,
                "WIS log1p": pairs["wis_log1p"].mean(),
                "ratio": ratio(pairs, "wis_log1p"),
                "90 % interval": f"{low:.3f}–{high:.3f}",
                "WIS": pairs["wis"].mean(),
                "ratio, counts": ratio(pairs, "wis"),
                "in 50 %": 100 * pairs["covered_50"].mean(),
                "in 95 %": 100 * pairs["covered_95"].mean(),
                "CPU s": seconds.get(model, np.nan),
            }
        )
    return pd.DataFrame(rows).set_index("model").sort_values("ratio")


def paired(scores: pd.DataFrame, model: str, against: str) -> pd.DataFrame:
    """A model's scores beside the reference's, on the forecasts that both made."""
    mine, theirs = (scores[scores["model"] == m].set_index(KEYS) for m in (model, against))
    return mine.join(theirs[["wis_log1p", "wis"]], rsuffix="_other", how="inner").reset_index()


def ratio(pairs: pd.DataFrame, score: str = "wis_log1p") -> float:
    """Ratio of mean scores."""
    return float(pairs[score].mean() / pairs[f"{score}_other"].mean())


def interval(pairs: pd.DataFrame, *, seed: int = 1) -> tuple[float, float]:
    """90 % interval of the ratio of mean WIS of log1p counts, by a bootstrap of blocks of successive cutoffs.

    Source:
        Politis & Romano (1992), circular block bootstrap.
    """
    sums = pairs.groupby("origin_date")[["wis_log1p", "wis_log1p_other"]].sum().sort_index().to_numpy()
    rng = np.random.default_rng(seed)
    starts = rng.integers(len(sums), size=(REPEATS, -(-len(sums) // BLOCK)))
    chosen = (starts[..., None] + np.arange(BLOCK)).reshape(REPEATS, -1)[:, : len(sums)] % len(sums)
    totals = sums[chosen].sum(axis=1)
    low, high = np.quantile(totals[:, 0] / totals[:, 1], (0.05, 0.95))
    return float(low), float(high)


def held_out(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The parts that no tuning has seen: the last third of the cutoffs, every third series."""
    cutoffs, places = np.sort(scores["origin_date"].unique()), np.sort(scores["location"].unique())
    number = min(PROTOCOL["held_out"]["last_cutoffs"], max(len(cutoffs) // 3, 1))
    step = PROTOCOL["held_out"]["every_series"]
    parts = {"last third of the cutoffs": scores[scores["origin_date"].isin(cutoffs[-number:])]}
    if len(places) >= step:
        parts["every third series"] = scores[scores["location"].isin(places[step - 1 :: step])]
    return parts


def by_horizon(scores: pd.DataFrame, *, against: str = "baseline") -> pd.DataFrame:
    """Ratio and coverage of what is published, by horizon."""
    pairs = paired(scores, "routecast", against)
    rows = {
        h: {
            "ratio": ratio(part),
            "ratio, counts": ratio(part, "wis"),
            "in 50 %": 100 * part["covered_50"].mean(),
            "in 95 %": 100 * part["covered_95"].mean(),
        }
        for h, part in pairs.groupby("horizon")
    }
    return pd.DataFrame(rows).T.rename_axis("horizon")


def by_part(scores: pd.DataFrame, sums: pd.DataFrame, *, against: str = "baseline") -> pd.DataFrame:
    """What is published against the baseline: by size of series, by level, and of sums over a quarter.

    Args:
        scores: Of single periods, with `size` and `level`.
        sums: Of sums, with `periods` and `level`.
        against: The reference of the ratios.
    """
    late = held_out(scores)["last third of the cutoffs"]["origin_date"].min()
    parts = {"all": scores}
    parts |= {f"{size} a period": part for size, part in scores.groupby("size")}
    parts |= {f"level {level}": part for level, part in scores.groupby("level")}
    parts |= {f"{level}, sums over {n} periods": part for (level, n), part in sums.groupby(["level", "periods"])}
    rows = {}
    for name, part in parts.items():
        pairs = paired(part, "routecast", against)
        last = pairs[pairs["origin_date"] >= late]
        rows[name] = {
            "ratio": ratio(pairs),
            "ratio, counts": ratio(pairs, "wis"),
            "last third": ratio(last) if len(last) else np.nan,
            "last third, counts": ratio(last, "wis") if len(last) else np.nan,
            **_covered(pairs),
            "forecasts": len(pairs),
        }
    return pd.DataFrame(rows).T.rename_axis("part")


def _covered(pairs: pd.DataFrame) -> dict[str, float]:
    """Coverage in per cent, of ranges as they are and by the middle of the rank that a count spans."""
    middle = (pairs["mid_rank"] - 0.5).abs()
    return {
        "in 50 %": 100 * pairs["covered_50"].mean(),
        "in 95 %": 100 * pairs["covered_95"].mean(),
        "in 50 %, mid-rank": 100 * middle.le(0.25).mean(),
        "in 95 %, mid-rank": 100 * middle.le(0.475).mean(),
    }


def best_peer(table: pd.DataFrame, peers: tuple[str, ...]) -> str | None:
    """The peer with the lowest score, peer_mean included."""
    there = [m for m in table.index if m in peers]
    return there[0] if there else None
