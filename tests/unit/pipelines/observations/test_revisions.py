from datetime import date

import numpy as np

from pipelines.observations.vintages import revised_between, revision_summary
from tests.vintage_tables import make_vintages

TABLE = make_vintages(
    ("2025-01-01", "2025-02-10", 100),
    ("2025-01-01", "2025-03-10", 130),
    ("2025-02-01", "2025-03-10", 50),
    ("2024-12-01", "2025-02-10", 80),
    ("2024-12-01", "2025-03-10", np.nan),
)


def test_revisions_between_two_days_name_both_values() -> None:
    found = revised_between(TABLE, date(2025, 2, 28), date(2025, 3, 31))
    assert found["period_start"].dt.strftime("%Y-%m").tolist() == ["2024-12", "2025-01"]  # taken back, then changed
    assert found["change"].tolist()[1] == 30
    assert np.isnan(found["count_after"][0])


def test_a_figure_known_on_one_day_only_is_no_revision() -> None:
    assert revised_between(TABLE, date(2025, 1, 1), date(2025, 3, 31)).empty


def test_summary_counts_revised_figures_by_source() -> None:
    assert revision_summary(TABLE) == [
        {
            "source": "frontex",
            "indicator": "irregular_crossings",
            "figures": 3,
            "revised": 2,
            "median_relative_change": 0.3,
            "median_relative_size": 0.3,
            "largest_change": 30.0,
        }
    ]


def test_figures_that_nobody_changed_are_no_revisions() -> None:
    assert revised_between(TABLE, date(2025, 3, 31), date(2025, 3, 31)).empty
