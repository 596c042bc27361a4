"""What is a user's own: followed places, notes of colleagues, and what is new since the last visit."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.components.my_places import visit_of
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.since import changes_since
from dashboards.server.roles import Profile, Role
from dashboards.server.visitor import LOCAL_USER, Visitor
from dashboards.wording import actions as texts
from pipelines.editions.edition import Edition
from pipelines.store.paths import Store
from records.audit import AuditEntry, append_entry, list_entries
from records.database import Database, open_database
from records.lines_and_notes import LineKey, act_on_line, add_note, current_notes, followed_places
from tests.editions import write_edition
from tests.unit.dashboards.views.test_kept_on_pages import APP, PLACE, REGION, open_page, shown

NAME = "Horgoš – Röszke"
DAYS_AGO = datetime.now(tz=UTC) - timedelta(days=3)


@pytest.fixture
def database(store: Store) -> Database:
    return open_database(store.database)


def as_role(monkeypatch: pytest.MonkeyPatch, role: Role, profile: Profile = "internal") -> None:
    for module in ("my_places", "notes_panel", "prepare_panel"):
        monkeypatch.setattr(f"dashboards.components.{module}.visitor", lambda: Visitor("ana", role, profile))


def first_page() -> str:
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    return "\n".join([shown(app), *(str(one.proto.label) for one in app.get("page_link"))]).replace("\\", "")


def looked(database: Database, edition: str = "2026-W46", user: str = LOCAL_USER) -> None:
    append_entry(database, "viewed", user=user, region=REGION, edition=edition, at=DAYS_AGO)


@pytest.mark.usefixtures("store")
def test_followed_place_stands_on_the_first_page_until_it_is_followed_no_more(database: Database) -> None:
    assert texts.MINE not in first_page()
    app = open_page("place", unit=PLACE)
    app.button(key="follow").click().run()
    assert str(app.button(key="follow").label) == texts.UNFOLLOW
    assert followed_places(database, REGION, LOCAL_USER) == [PLACE]
    page = first_page()
    assert texts.MINE in page
    assert f"{NAME} (Serbia → Hungary): very high, " in page
    app.button(key="follow").click().run()
    assert texts.MINE not in first_page()


@pytest.mark.usefixtures("store")
def test_note_on_a_week_stands_in_chart_and_list_with_author_and_day(database: Database) -> None:
    app = open_page("place", unit=PLACE)
    app.selectbox(key="note_about").set_value("2026-11-09").run()
    app.text_input(key="note_text").set_value("road *closed*").run()
    app.button(key="note_keep").click().run()
    assert not app.exception
    (note,) = current_notes(database, REGION)
    assert (note.place, note.period, note.user) == (PLACE, date(2026, 11, 9), LOCAL_USER)
    assert f"Week 46 (from 9 Nov): road *closed* – {LOCAL_USER}, " in shown(app).replace("\\", "")
    fan = json.loads(app.get("plotly_chart")[0].proto.spec)  # type: ignore[attr-defined]
    assert [one["text"][0].partition(" – ")[0] for one in fan["data"] if one.get("name") == texts.NOTE_TRACE] == [
        "Week 46 (from 9 Nov): road *closed*"
    ]
    app.button(key=f"note_back {note.label}").click().run()
    assert current_notes(database, REGION) == []
    assert texts.NOTES not in shown(app)


@pytest.mark.usefixtures("store")
def test_note_on_all_places_needs_a_week_and_stands_on_each() -> None:
    app = open_page("place", unit=PLACE)
    app.text_input(key="note_text").set_value("strike")
    app.checkbox(key="note_all").check()
    app.button(key="note_keep").click().run()
    assert [str(t.value) for t in app.toast] == [texts.NOTE_NEEDS_PERIOD.format(step="week")]
    app.selectbox(key="note_about").set_value("2026-11-16").run()
    app.button(key="note_keep").click().run()
    assert "Week 47 (from 16 Nov), all places: strike" in shown(open_page("place", unit="segment:BGR-TUR-01"))


def test_viewer_reads_notes_and_partners_see_nothing_of_the_desk(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_note(database, REGION, place=PLACE, period=None, text="road closed", user="eva")
    looked(database, user="ana")
    as_role(monkeypatch, "viewer")
    app = open_page("place", unit=PLACE)
    assert "road closed" in shown(app)
    assert [str(b.key) for b in app.button if str(b.key).startswith("note")] == []
    as_role(monkeypatch, "planner", profile="partner")
    app = open_page("place", unit=PLACE)
    assert "road closed" not in shown(app)
    assert [str(b.key) for b in app.button if str(b.key) == "follow"] == []
    assert "road closed" not in first_page()


def test_new_since_the_last_visit_is_what_others_did(database: Database) -> None:
    looked(database)
    assert f"**Since your visit on {DAYS_AGO.day} " in first_page()
    assert texts.SINCE_NOTHING in first_page()
    add_note(database, REGION, place=PLACE, period=date(2026, 11, 9), text="road closed", user="eva")
    add_note(database, REGION, place=PLACE, period=None, text="my own", user=LOCAL_USER)
    key = LineKey("capacity", PLACE, "irregular_crossings")
    act_on_line(database, REGION, "2026-W46", key, "taken", said="then", user="ben")
    page = first_page()
    assert f"Notes: {NAME}, week 46 (from 9 Nov), “road closed” (eva)." in page
    assert f"Preparation: {NAME}, taken by ben, " in page
    assert "my own" not in page


def test_first_visit_has_no_news(database: Database) -> None:
    add_note(database, REGION, place="", period=date(2026, 11, 9), text="road closed", user="eva")
    assert "Since your visit" not in first_page()


def test_newer_edition_says_who_entered_left_and_changed_band(store: Store, database: Database) -> None:
    write_edition(store.root, last="2026-11-02", seed=5)
    write_edition(store.root)  # again the newest
    looked(database, "2026-W45")
    page = first_page()
    assert "A new edition, 2026-W46; you saw 2026-W45." in page
    before, now = (Facts(Edition(store.root / "editions" / REGION / week)) for week in ("2026-W45", "2026-W46"))
    told = changes_since(before, now)
    assert told
    assert all(line in page for line in told)
    assert changes_since(now, now) == []


def test_an_edition_that_is_gone_is_said(database: Database) -> None:
    looked(database, "2026-W40")
    assert texts.NO_EARLIER.format(before="2026-W40") in first_page()


def test_changes_name_places_in_and_out_of_the_first_ones_and_both_bands(tmp_path: Path) -> None:
    now = Facts(Edition(write_edition(tmp_path)))
    before = Facts(Edition(write_edition(tmp_path / "before")))
    ranked = before.ranked.copy()
    first, sixth = ranked["unit"].iloc[0], ranked["unit"].iloc[5]
    ranked.loc[ranked["unit"].eq(first), "pressure_band"] = "low"
    order = [*range(1, 6), 0, *range(6, len(ranked))]
    before.__dict__["ranked"] = ranked.iloc[order].reset_index(drop=True)
    names = {row["unit"]: now.title(row) for row in now.ranked_rows}
    band = now.ranked["pressure_band"].iloc[0].replace("_", " ")
    assert changes_since(before, now) == [
        f"Among the first 5 now: {names[first]}.",
        f"Not any more: {names[sixth]}.",
        f"Another band: {names[first]} (low → {band}).",
    ]


def test_visit_is_the_newest_edition_of_the_last_day(database: Database) -> None:
    days = [datetime(2026, 11, day, hour, tzinfo=UTC) for day, hour in ((16, 12), (20, 10), (20, 11), (20, 12))]
    for at, edition in zip(days, ("2026-W50", "2026-W46.9", "2026-W46.10", "2026-W45"), strict=True):
        append_entry(database, "viewed", user="ana", region=REGION, edition=edition, at=at)
    append_entry(database, "viewed", user="ana", region=REGION, edition="2026-W51")
    seen: list[AuditEntry] = list_entries(database, user="ana", before=days[-1] + timedelta(hours=12))
    visit = visit_of(seen)
    assert visit is not None
    assert (visit.at, visit.edition) == (days[-1], "2026-W46.10")
    assert visit_of([]) is None
