"""A source that gave nothing, and an edition that was rolled back from, as readers meet them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dashboards.briefing.caveats import data_blocks
from dashboards.briefing.model import Bullets
from dashboards.edition_view.facts import Facts
from dashboards.wording import quality as told
from pipelines.editions.edition import ASIDE, Edition
from tests.editions import seal, write_edition
from tests.unit.dashboards.views.test_pages import open_app, shown

PROBLEMS = [
    {"source": "csv", "problem": "refused", "last": "2026-11-09", "as_of_newest": "2026-11-18", "silent_days": 1},
    {"source": "frontex", "problem": "not_reached", "last": None, "as_of_newest": None, "silent_days": None},
]


def with_problems(folder: Path) -> Edition:
    target = write_edition(folder)
    path = target / "quality.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "source_problems": PROBLEMS}))
    seal(target, json.loads((target / "manifest.json").read_text()))
    return Edition(target)


def caveats(edition: Edition) -> list[str]:
    (bullets,) = (b for b in data_blocks(Facts(edition)) if isinstance(b, Bullets))
    return [item.text for item in bullets.items]


def test_the_briefing_names_the_source_and_the_figures_that_stand_in(tmp_path: Path) -> None:
    assert (
        "Nothing new for this edition: a file of csv was refused (newest figures known on 2026-11-18); frontex could "
        "not be reached (there are no figures of it). The last good figures stand in."
    ) in caveats(with_problems(tmp_path))


def test_the_briefing_says_nothing_of_it_when_every_source_came(tmp_path: Path) -> None:
    assert not any("Nothing new" in text for text in caveats(Edition(write_edition(tmp_path))))


def test_the_data_page_shows_what_was_the_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_problems(tmp_path)
    app = open_app(tmp_path, monkeypatch, page="quality")
    assert not app.exception
    tables = [pd.DataFrame(t.value) for t in [*app.dataframe, *app.table]]
    (table,) = (t for t in tables if told.COLUMNS["problem"] in t)
    assert table[told.COLUMNS["problem"]].tolist() == ["sent a file that was refused", "could not be reached"]
    assert told.QUALITY_TABLES["source_problems"] in shown(app)


def test_an_edition_that_was_rolled_back_from_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_edition(tmp_path, last="2026-11-02")
    folder = write_edition(tmp_path).parent
    (folder / "latest").write_text("2026-W45\n")
    (folder / ASIDE).write_text('{"set_aside": ["2026-W46"], "deleted": []}')
    app = open_app(tmp_path, monkeypatch, edition="2026-W46")
    assert not app.exception
    offered = [option for box in app.selectbox for option in box.options]
    assert any("2026-W45" in option for option in offered)
    assert not any("2026-W46" in option for option in offered)
