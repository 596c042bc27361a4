"""What the briefing says of periods that were over by the day of issue."""

from pathlib import Path

import pandas as pd

from dashboards.briefing.document import briefing_document
from pipelines.editions.edition import Edition
from tests.editions import write_risk_tables
from tests.unit.dashboards.briefing.test_briefing_document import changed, texts


def test_what_was_likely_in_a_period_that_is_over_alone_is_no_onset(tmp_path: Path) -> None:
    edition = changed(tmp_path, manifest={"as_of": "2025-06-04"})
    risk = edition.risk
    one = risk["unit"].eq("segment:s02") & risk["indicator"].eq("irregular_crossings")
    risk["exceedance_probability"] = 0.0
    risk.loc[one, "exceedance_probability"] = [0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    write_risk_tables(edition.folder, risk, origin_date=pd.Timestamp("2025-04-01"))
    found = texts(briefing_document(Edition(edition.folder)))
    assert "Sector 2 | – | May 2025 | over, reports open | 1 month | " in found
    assert "if the reports of that time ask for it (likely in May 2025 alone, which is over)" in found
    assert "since May 2025" not in found
