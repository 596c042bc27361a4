"""What each member and each thing learnt is worth: the published forecast without it, against the one with it."""

from dataclasses import replace

import pandas as pd

from benchmarks.chain import MemberForecasts, published, score, without
from benchmarks.sets import Evaluation
from benchmarks.tables import interval, paired, ratio

LEARNT = {
    "without past skill (prior weights)": lambda state: replace(state, scores=()),
    "without calibration": lambda state: replace(state, factors=None, tracked=None),
}
ALWAYS = ("baseline",)  # the reference of skill, and what is published when nobody else has a forecast


def ablations(data: Evaluation, forecasts: MemberForecasts, scores: pd.DataFrame) -> pd.DataFrame:
    """Score without a part relative to the score with it: above 1 the part helps.

    Args:
        data: The data set.
        forecasts: Its members.
        scores: Of what is published with everything.
    """
    members = dict.fromkeys(str(m) for s in forecasts.members.values() for m in s.quantiles["member"].to_numpy())
    changes = {f"without {m}": {"change": without(m)} for m in members if m not in ALWAYS}
    changes |= {name: {"teach": teach} for name, teach in LEARNT.items()}
    rows = {}
    for name, options in changes.items():
        made = published(data, forecasts, **options)
        theirs = score(data, {end: {"ablated": joint.quantiles} for end, joint in made.items()})
        pairs = paired(pd.concat([scores, theirs], ignore_index=True), "ablated", "routecast")
        low, high = interval(pairs)
        rows[name] = {
            "ratio": ratio(pairs),
            "90 % interval": f"{low:.3f}–{high:.3f}",
            "ratio, counts": ratio(pairs, "wis"),
            "in 95 %": 100 * pairs["covered_95"].mean(),
        }
    return pd.DataFrame(rows).T.rename_axis("change")
