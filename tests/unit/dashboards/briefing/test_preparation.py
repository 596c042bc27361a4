"""What the briefing recommends to prepare: a line for each of the first places, or the reason why it has none."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboards.briefing.document import briefing_document
from dashboards.briefing.model import Document
from dashboards.briefing.preparation import places_sentences
from dashboards.briefing.risk_blocks import allocation_caption, protection_blocks
from dashboards.briefing.tables import Table
from dashboards.components.risk_panels import protection_line
from dashboards.edition_view.facts import Facts
from pipelines.editions.edition import Edition
from tests.editions import seal, write_edition, write_risk_tables
from tests.unit.dashboards.briefing.test_briefing_document import changed
from tests.unit.dashboards.briefing.test_issue import section

FIRST, SECOND, THIRD = "Sector 1", "Sector 2", "Sector 3"


def of_three(folder: Path, chances: tuple[float, float, float], *, capacity: object = 50.0) -> Document:
    """The briefing of three places, each with one chance of exceeding its capacity in all months."""
    edition = changed(folder, capacity=capacity, exceedance_probability=np.nan)
    risk = edition.risk
    for unit, chance in zip(("segment:s01", "segment:s02", "segment:s03"), chances, strict=True):
        mine = risk["unit"].eq(unit)
        risk.loc[mine, "exceedance_probability"] = chance
        risk.loc[mine, "pressure_band"] = "high" if chance >= 0.4 else "low"
        if np.isnan(chance):
            risk.loc[mine, "capacity"] = np.nan
    risk.to_parquet(edition.folder / "risk.parquet")
    write_risk_tables(edition.folder, risk, origin_date=pd.Timestamp("2025-04-01"))
    seal(edition.folder, json.loads((edition.folder / "manifest.json").read_text(encoding="utf-8")))
    return briefing_document(Edition(edition.folder))


def test_first_places_that_likely_need_more_have_a_line_each_in_the_order_of_the_ranking(tmp_path: Path) -> None:
    lines = section(of_three(tmp_path, (0.6, 0.9, 0.7)), "preparation")
    assert [line.partition(":")[0] for line in lines[:3]] == [SECOND, THIRD, FIRST]
    assert not any("without a line" in line for line in lines)


def test_first_places_without_a_line_say_why(tmp_path: Path) -> None:
    lines = section(of_three(tmp_path, (0.9, 0.3, np.nan)), "preparation")
    (why,) = [line for line in lines if "without a line of their own" in line]
    assert f"{SECOND}, where more than the planned 50 is likely in no month (highest chance 30 %" in why
    assert f"{THIRD}, as no capacity is stated for it" in why
    assert FIRST not in why


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    return Edition(write_edition(tmp_path))


def lacking(edition: Edition, **by_unit: float) -> Facts:
    """The edition with places of which these lack, by the end of the outlook alone where the name says `late`."""
    table = pd.read_parquet(edition.folder / "protection.parquet").assign(shortfall=0.0, capacity=100.0, need_q50=10.0)
    units = table.loc[table["level"].eq("segment"), "unit"].drop_duplicates().tolist()
    last = table["horizon"].eq(table["horizon"].max())
    for name, short in by_unit.items():
        at = table["unit"].eq(units[int(name[-1])])
        table.loc[at & last if name.startswith("late") else at, "shortfall"] = short
    table.loc[table["unit"].eq(units[1]), "need_q50"] = 90.0
    table.to_parquet(edition.folder / "protection.parquet")
    seal(edition.folder, json.loads((edition.folder / "manifest.json").read_text(encoding="utf-8")))
    return Facts(Edition(edition.folder))


def caption(facts: Facts) -> str:
    (table,) = (b for b in protection_blocks(facts) if isinstance(b, Table))
    return table.caption


def test_places_that_lack_lead_and_less_than_half_a_place_is_no_lack(edition: Edition) -> None:
    facts = lacking(edition, at0=0.2)
    assert caption(facts).startswith("No place is expected to lack any in week 49 (from 30 Nov); the fullest first")
    (table,) = (b for b in protection_blocks(facts) if isinstance(b, Table))
    assert table.rows[0][3].text == "90"
    assert "those that lack most first" in caption(lacking(edition, at0=3.0))


def test_places_that_are_enough_now_say_in_which_week_most_will_lack(edition: Edition) -> None:
    facts = lacking(edition, late0=16.0)
    said = places_sentences(facts)[0].text
    assert said.startswith("Reception and referral: the planned places are enough everywhere in week 49 (from 30 Nov).")
    assert "Most are expected to lack in week 5 of 2027 (from 1 Feb), looking over 12 weeks: about 16 " in said
    assert said in protection_line(facts)


def test_allocation_says_how_many_lack_in_the_week_of_the_table_of_places(edition: Edition) -> None:
    facts = lacking(edition, at0=3.0, late0=16.0)
    group = facts.edition.table("allocation")
    group = group[group["indicator"].eq(group["indicator"].iloc[0])].assign(horizon=12)
    said = allocation_caption(facts, str(group["indicator"].iloc[0]), group)
    assert "where they save most in week 5 of 2027 (from 1 Feb)" in said
    assert ", against 3 as planned in week 49 (from 30 Nov), of which the table of places speaks" in said
