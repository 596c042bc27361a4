"""The first click does what it says: no text that was typed is lost by it, and nothing moves away from it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from dashboards.wording import actions, judgements, records
from tests.browsers import CHROMIUM, FOOT, opened, served
from tests.editions import write_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
PLACE = "segment:HUN-SRB-02"
SAID = "typed and not sent"
SOON_MS = 20_000
# https://web.dev/articles/cls: the share of the page that moved times how far; good below 0.1
GOOD_SHIFT = 0.1
SHIFTS = """window.shifted = 0; new PerformanceObserver(seen => seen.getEntries().forEach(
    shift => { window.shifted += shift.value })).observe({type: "layout-shift", buffered: true})"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store, today = tmp_path_factory.mktemp("store"), datetime.now(tz=UTC).date()
    write_edition(store, last=f"{today - timedelta(days=today.weekday() + 14)}")
    with served(store) as (started, _):
        yield started


@pytest.fixture
def place(address: str) -> Iterator[Page]:
    with opened(f"{address}/place?unit={PLACE}") as (page, _):
        yield page


def shown(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=SOON_MS)


def test_note_is_kept_by_the_first_click(place: Page) -> None:
    place.get_by_text(actions.NOTE_ADD.format(step="week")).click()
    place.get_by_role("textbox", name=actions.NOTE_TEXT).type(SAID)
    place.get_by_role("button", name=actions.NOTE_KEEP).click(timeout=SOON_MS)
    shown(place, f"{SAID} – ")


def test_comment_on_a_line_is_kept_by_the_first_click(place: Page) -> None:
    place.get_by_role("button", name=actions.SAY).first.click()
    place.get_by_role("textbox", name=actions.COMMENT).type(SAID)
    place.get_by_role("button", name=actions.COMMENT_KEEP, exact=True).click(timeout=SOON_MS)
    shown(place, f": {SAID}")


def test_form_of_a_line_closes_once_its_comment_is_kept(place: Page) -> None:
    place.get_by_role("button", name=actions.SAY).first.click()
    place.get_by_role("button", name=actions.COMMENT_KEEP, exact=True).click(timeout=SOON_MS)
    shown(place, actions.COMMENT_NEEDED)
    place.get_by_role("textbox", name=actions.COMMENT).type("seen by all")
    place.get_by_role("button", name=actions.COMMENT_KEEP, exact=True).click(timeout=SOON_MS)
    shown(place, ": seen by all")
    expect(place.get_by_role("textbox", name=actions.COMMENT)).to_be_hidden(timeout=SOON_MS)


def test_statement_is_kept_by_the_first_click(place: Page) -> None:
    place.get_by_text(records.STATE).click()
    place.get_by_role("textbox", name=records.OWNER).type(SAID)
    place.get_by_role("button", name=records.RECORD, exact=True).last.click(timeout=SOON_MS)
    shown(place, f" · {SAID}, ")


def test_judgement_is_kept_by_the_first_click_after_its_last_count(place: Page) -> None:
    place.get_by_text(judgements.STATE).click()
    place.get_by_role("textbox", name=judgements.REASON).type(SAID)
    for label, count in zip((judgements.LOW, judgements.MIDDLE, judgements.HIGH), ("20", "30", "60"), strict=True):
        place.get_by_role("spinbutton", name=label).type(count)
    place.get_by_role("button", name=judgements.KEEP, exact=True).first.click(timeout=SOON_MS)
    shown(place, f": {SAID}")


def test_alert_is_dismissed_by_the_first_click(address: str) -> None:
    with opened(f"{address}/protection") as (page, _):
        page.get_by_role("button", name=records.DISMISS).first.click()
        page.get_by_role("textbox", name=records.WHY_DISMISS).type(SAID)
        page.get_by_role("button", name=records.DISMISS, exact=True).last.click(timeout=SOON_MS)
        shown(page, records.DISMISSED.format(n=1))


def test_edit_of_the_briefing_is_kept_by_the_first_click(address: str) -> None:
    with opened(f"{address}/briefing") as (page, _):
        page.get_by_text(records.EDIT).click()
        page.get_by_role("textbox", name=records.EDIT_TEXT).fill(SAID)
        page.get_by_role("button", name=records.EDIT_KEEP).click(timeout=SOON_MS)
        shown(page, records.EDIT_KEPT)
        expect(page.frame_locator("iframe").get_by_text(SAID).first).to_be_attached(timeout=SOON_MS)


def test_a_click_elsewhere_is_not_lost_to_what_was_typed(place: Page) -> None:
    place.get_by_text(actions.NOTE_ADD.format(step="week")).click()
    place.get_by_role("textbox", name=actions.NOTE_TEXT).type(SAID)
    place.get_by_role("button", name=actions.FOLLOW).click()
    expect(place.get_by_role("button", name=actions.UNFOLLOW)).to_be_visible(timeout=SOON_MS)
    expect(place.get_by_role("textbox", name=actions.NOTE_TEXT)).to_have_value(SAID)


def test_what_a_form_lacks_is_said_over_the_page(place: Page) -> None:
    place.get_by_text(records.STATE).click()
    place.get_by_role("button", name=records.RECORD, exact=True).last.click()
    expect(place.get_by_role("alertdialog").get_by_text(records.OWNER_NEEDED)).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize("view", ["", "wave", f"place?unit={PLACE}", "protection", "skill", "quality", "help"])
def test_a_page_does_not_move_while_it_is_drawn(address: str, view: str) -> None:
    with opened(f"{address}/{view}") as (page, _):
        page.add_init_script(SHIFTS)
        page.reload()
        shown(page, FOOT)
        page.wait_for_timeout(2000)  # for charts and tables, whose scripts come last
        assert page.evaluate("window.shifted") < GOOD_SHIFT
