"""How much of a derived edition's observed counts is withheld."""

from typing import NamedTuple

import numpy as np

from pipelines.editions.edition import Edition


class Told(NamedTuple):
    """Observed counts of a derived edition, over all indicators, units and periods."""

    shown: int
    withheld: int


def count_withheld(edition: Edition) -> Told:
    """Count what a derived edition shows and withholds."""
    forecast = edition.forecast
    return Told(int(np.isfinite(forecast["history"]).sum()), int(forecast["withheld"].sum()))
