"""Why a number can't be a count of people: the door's rule, and that of each sum of parts before it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipelines.observations.schema import MAX_COUNT


def count_checks(count: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Each reason with the numbers of which it holds; NaN (nothing was told) fails none."""
    numbers = count.to_numpy(float)
    yield "count is negative", numbers < 0
    yield "count is not finite", np.isinf(numbers)
    yield f"count is above {MAX_COUNT:,.0f}", numbers > MAX_COUNT


def why_no_part(count: pd.Series, *, told: pd.Series | bool = True) -> pd.Series:
    """Why a cell can't be a part of a sum of counts; empty: it can. A sum hides what its parts could not be.

    Args:
        count: The numbers; NaN: none could be read.
        told: Whether something stands in the cell; where nothing does, nothing is wrong.
    """
    reasons = pd.Series("", index=count.index, dtype=object).mask(count.isna() & told, "count is not a number")
    for reason, wrong in count_checks(count):
        reasons[wrong & (reasons == "").to_numpy()] = reason
    return reasons
