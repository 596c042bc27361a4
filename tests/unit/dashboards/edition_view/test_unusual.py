"""Places that left their usual pattern: what was usual there, and where the briefing names them."""

import json
from types import SimpleNamespace
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from dashboards.briefing.document import briefing_document
from dashboards.briefing.judgements import key_judgements
from dashboards.briefing.model import Document, Figure
from dashboards.briefing.tables import Table
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.unusual import usual_count
from pipelines.editions.edition import Edition
from tests.editions import seal, write_edition
from tests.unit.dashboards.briefing.test_briefing_document import texts


def facts_of(counts: list[float], *, withheld: bool = False) -> Facts:
    """A place with these counts, the newest last, and whether one of them is withheld."""
    axes = {"indicator": ["all"], "nationality": ["TOTAL"], "unit": ["a"]}
    history = xr.DataArray(np.array(counts).reshape(1, 1, 1, -1), coords=axes, dims=[*axes, "time"])
    hidden = xr.full_like(history.isel(nationality=0, drop=True), withheld, dtype=bool)
    edition = SimpleNamespace(forecast=xr.Dataset({"history": history, "withheld": hidden}))
    return cast("Facts", SimpleNamespace(edition=edition, freq="W", nationality="TOTAL"))


ROW = pd.Series({"indicator": "all", "unit": "a"})


def test_usual_is_the_median_of_the_year_before_the_last_four_weeks() -> None:
    usual = usual_count(facts_of([99.0] * 10 + [12.0] * 30 + [20.0] * 22 + [500.0] * 4), ROW)
    assert str(usual) == "12"


def test_nothing_is_called_usual_where_less_than_half_is_known_or_a_count_is_withheld() -> None:
    assert usual_count(facts_of([np.nan] * 27 + [12.0] * 25 + [40.0] * 4), ROW) is None
    assert usual_count(facts_of([12.0] * 56, withheld=True), ROW) is None


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """One of its places left its pattern and has no band; another did, and has one by its capacity."""
    path = write_edition(tmp_path_factory.mktemp("store"))
    risk = gpd.read_parquet(path / "risk.parquet")
    mine = risk["indicator"].eq("irregular_crossings") & risk["level"].eq("segment")
    odd = mine & risk["segment"].isin(["HUN-SRB-01", "HUN-SRB-02"])
    gone = mine & risk["segment"].eq("HUN-SRB-01")
    risk["regime_break"] = odd
    risk.loc[gone, "pressure_band"] = None
    risk.loc[gone, "band_basis"] = "withheld: regime break"
    risk.to_parquet(path / "risk.parquet")
    seal(path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
    return Edition(path)


@pytest.fixture(scope="module")
def document(edition: Edition) -> Document:
    return briefing_document(edition)


def test_judgement_on_unusual_places_says_what_was_usual_and_has_low_confidence_of_its_own(edition: Edition) -> None:
    *others, last = key_judgements(Facts(edition))
    assert last.statement.text.startswith("Unusual, watch: figures left their usual pattern")
    assert " of late, usually " in last.statement.text
    assert last.confidence.text.startswith("Analytical confidence: low.")
    assert "A regime break is flagged" in last.confidence.text
    assert not any("Unusual" in one.statement.text for one in others)


def test_places_to_watch_stand_on_the_map_and_in_the_table_with_a_mark_in_place_of_a_rank(document: Document) -> None:
    table = next(b for b in document.blocks if isinstance(b, Table))
    assert [row[0].text for row in table.rows] == ["1", "2", "3", "4", "5", "!"]
    assert [c.text for c in table.rows[-1]][3] == "watch"
    drawn = next(b for b in document.blocks if isinstance(b, Figure) and b.name == "map")
    assert f"! {table.rows[-1][1].text}" in drawn.alt
    assert "“!”" in drawn.caption.text


def test_note_under_the_table_says_which_rule_each_band_rests_on(document: Document) -> None:
    (note,) = [line for line in texts(document).splitlines() if line.startswith("What decided the band")]
    assert "the planned capacity: Horgoš – Röszke" in note
    assert "hold no longer since the break: " in note
    assert "a band stands only where a planned capacity decides it" in note
