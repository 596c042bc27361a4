"""How a coarser figure is spread over its cells: by what was observed at the cells themselves, where there is some."""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipelines.grid.encode import Places

PRIOR_COUNTS = 100.0  # the shares by length and crossing points weigh as much as this many observed counts


def weigh_by_history(places: Places, figures: pd.DataFrame) -> Places:
    """Replace derived shares by those of the counts observed at the cells, shrunk to the derived ones.

    The share of cell i of a place becomes (n_i + K w_i) / (n + K): the posterior mean under a Dirichlet prior with
    weights w and K = `PRIOR_COUNTS`. Only figures known for a single cell teach it, so nothing is learnt from what was
    itself spread; shares that the pack states are kept.

    Args:
        places: Cells and shares by place code.
        figures: Figures as known on the day (flag `total`), of every indicator; the one with most counts teaches.
    """
    exact = figures[figures["total"] & (figures["count"] > 0) & (places.size[figures["place"]] == 1)]
    if exact.empty or places.stated.all():
        return places
    leading = exact.groupby("indicator")["count"].sum().idxmax()
    exact = exact[exact["indicator"] == leading]
    return shrink_to_history(places, places.cells[places.first[exact["place"].to_numpy()]], exact["count"].to_numpy())


def shrink_to_history(places: Places, cells: np.ndarray, counts: np.ndarray) -> Places:
    """Shares shrunk to the counts that single cells reported; what the pack states is kept.

    Args:
        places: Cells and shares by place code.
        cells: The cells that reported, shape (report,).
        counts: What they reported, shape (report,).
    """
    size = max(int(places.cells.max()), int(cells.max())) + 1
    observed = np.bincount(cells, weights=counts, minlength=size)[places.cells]
    place = np.repeat(np.arange(len(places.size)), places.size)
    total = np.bincount(place, weights=observed, minlength=len(places.size))[place]
    shrunk = (observed + PRIOR_COUNTS * places.weights) / (total + PRIOR_COUNTS)
    return replace(places, weights=np.where(places.stated[place], places.weights, shrunk))
