"""Three judgements stated in a browser: drawn while they are typed, kept, and open on their page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboards.wording import judgements as texts
from pipelines.store.paths import Store
from records.database import open_database
from records.judgements import judgement_history
from tests.browsers import CHROMIUM, opened, served
from tests.editions import write_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
SAID = {"segment:HUN-SRB-02": (20, 30, 60), "segment:BGR-TUR-01": (5, 9, 20), "total": (800, 1000, 1500)}


def test_three_judgements_are_typed_drawn_kept_and_open(tmp_path: Path) -> None:
    today = datetime.now(tz=UTC).date()
    write_edition(tmp_path, last=f"{today - timedelta(days=today.weekday() + 14)}")
    with served(tmp_path) as (address, _server), opened(f"{address}/place?unit={next(iter(SAID))}") as (page, _):
        for unit, counts in SAID.items():
            page.goto(f"{address}/place?unit={unit}")
            page.get_by_text(texts.STATE).click(timeout=60_000)
            for label, count in zip((texts.LOW, texts.MIDDLE, texts.HIGH), counts, strict=True):
                box = page.get_by_role("spinbutton", name=label)
                box.fill(str(count))
                box.press("Tab")
            expect(page.locator(".legendtext", has_text=texts.TYPED)).to_be_visible(timeout=30_000)
            why = page.get_by_role("textbox", name=texts.REASON)
            why.fill(f"why at {unit}")
            why.press("Tab")
            page.get_by_role("button", name=texts.KEEP).click()
            page.get_by_text(f"why at {unit}").first.wait_for(timeout=30_000)
            expect(page.locator(".legendtext", has_text=texts.KEPT)).to_be_visible(timeout=30_000)
        page.goto(f"{address}/judgements")
        expect(page.get_by_text(texts.OPEN)).to_be_visible(timeout=60_000)
        expect(page.locator("[data-testid='stTable']").first).to_be_visible()
    kept = judgement_history(open_database(Store(tmp_path).database), "western_balkans")
    assert {j.unit: (j.q10, j.q50, j.q90) for j in kept} == SAID
