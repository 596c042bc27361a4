"""What one server keeps for all its readers: of their own profile alone, and never of an edition that is past."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.cached_editions import made
from dashboards.edition_view.facts import Facts
from dashboards.server.serve import PROFILE_VARIABLE
from pipelines.editions.edition import LATEST, MANIFEST, Edition
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import add_event
from tests.editions import seal, write_edition

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
REGION, UNIT = "western_balkans", "segment:HUN-SRB-02"  # the first of the ranking
PAGES = ("overview", "place", "skill")  # where places are named
NAMES = {"internal": "Seen inside", "partner": "Seen by partners", "public": "Seen by all"}


def name_place(folder: Path, name: str, **manifest: str) -> None:
    """Give the first place of an edition another name, so that one sees whose edition is shown."""
    risk = gpd.read_parquet(folder / "risk.parquet")
    risk.loc[risk["unit"].eq(UNIT), "name"] = name
    risk.to_parquet(folder / "risk.parquet")
    seal(folder, {**json.loads((folder / MANIFEST).read_text()), **manifest})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """One edition, shown to partners and the public too, each with a name of its own for the first place."""
    found, inside = Store(tmp_path), write_edition(tmp_path)
    for profile in ("partner", "public"):
        derived = shutil.copytree(inside, found.profiles(profile, REGION) / inside.name)
        name_place(derived, NAMES[profile], profile=profile, available_from="2026-01-01")
    name_place(inside, NAMES["internal"])
    decide(found, inside.name, "approved")
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    monkeypatch.setenv("ROUTECAST_REGION", REGION)
    return found


def decide(store: Store, edition: str, kind: str) -> None:
    add_event(open_database(store.database), REGION, edition, kind, user="ana", note="looked at")  # type: ignore[arg-type]


def sent(page: str, profile: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that a new reader's browser is sent for a page."""
    monkeypatch.setenv(PROFILE_VARIABLE, profile)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app = app if page == "overview" else app.switch_page(f"views/{page}.py").run()
    assert not app.exception
    return str([element.proto for element in app.main])


@pytest.mark.usefixtures("store")
def test_readers_of_each_profile_see_their_own_edition_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for profile in ("internal", "partner", "public", "internal"):
        for page in PAGES:
            text = sent(page, profile, monkeypatch)
            assert {name for name in NAMES.values() if name in text} == {NAMES[profile]}, (page, profile)


def test_reader_sees_the_newest_edition_from_its_publication_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NAMES["internal"] in sent("overview", "internal", monkeypatch)
    newer = write_edition(store.root, last="2026-11-16")
    name_place(newer, "A week later")
    (store.editions(REGION) / LATEST).write_text(f"{newer.name}\n", encoding="ascii")
    for page in PAGES:
        text = sent(page, "internal", monkeypatch)
        assert "A week later" in text
        assert NAMES["internal"] not in text


def test_reader_sees_what_was_approved_last_under_the_same_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = store.profiles("public", REGION) / "2026-W46"
    assert NAMES["public"] in sent("overview", "public", monkeypatch)
    decide(store, edition.name, "withdrawn")
    assert NAMES["public"] not in sent("overview", "public", monkeypatch)
    name_place(edition, "Approved anew")  # the same origin, so the same fingerprint
    decide(store, edition.name, "approved")
    for page in PAGES:
        text = sent(page, "public", monkeypatch)
        assert "Approved anew" in text
        assert NAMES["public"] not in text


def test_what_is_made_of_an_edition_is_made_once_for_equal_choices_and_anew_for_others(store: Store) -> None:
    edition = Edition(store.editions(REGION) / "2026-W46")
    first = made(count, Facts(edition, chosen_horizon=3), "a")
    assert made(count, Facts(Edition(edition.folder), chosen_horizon=3), "a") == first
    others = [
        made(count, Facts(edition, chosen_horizon=4), "a"),
        made(count, Facts(edition, chosen_horizon=3), "b"),
        made(count, Facts(edition, "smuggling_cases", chosen_horizon=3), "a"),
        made(count, Facts(edition, chosen_horizon=3, chosen_route="western"), "a"),
        made(count, Facts(Edition(store.profiles("public", REGION) / "2026-W46"), chosen_horizon=3), "a"),
    ]
    assert len({first, *others}) == len(others) + 1


def count(facts: Facts, word: str) -> int:  # noqa: ARG001 - the key's
    """How often it was asked."""
    COUNTED.append(word)
    return len(COUNTED)


COUNTED: list[str] = []
