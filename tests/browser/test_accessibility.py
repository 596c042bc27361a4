"""WCAG 2.2 AA on every page, light and dark, by axe-core: no serious or critical finding.

axe-core (MPL-2.0) is not part of this project: it is found where the package `axe-playwright-python` is installed, as
`.ci/run` does; elsewhere these tests skip.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.views import PAGES as REGISTERED
from tests.browsers import CHROMIUM, opened, served
from tests.editions import write_edition
from tests.outlooks import with_outlook

FOUND = importlib.util.find_spec("axe_playwright_python")
AXE = Path(str(FOUND.origin)).with_name("axe.min.js") if FOUND else None
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(AXE is None, reason="axe-core is not here: pip install --no-deps axe-playwright-python"),
]
CHOSEN = {"place": "place?unit=segment:HUN-SRB-02&compare=segment:GRC-MKD-01", "overview": ""}
ELSEWHERE = {"scenarios", "account"}  # need a comparison computed first, or somebody logged in
PAGES = tuple(CHOSEN.get(page.id, page.id) for page in REGISTERED if page.id not in ELSEWHERE)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STREAMLITS_OWN: dict[str, str] = {}  # rule → why what Streamlit itself renders breaks it; none does today
SETTLING_MS = 3_000  # charts are drawn after the page's last words


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("store")
    with_outlook(write_edition(store))
    with served(store) as (started, _):
        yield started


def findings(address: str, scheme: str) -> list[dict[str, Any]]:
    """What axe-core finds on a page, the open shadow trees of our own elements among it."""
    assert AXE is not None
    with opened(address, scheme=scheme) as (page, _):
        page.wait_for_timeout(SETTLING_MS)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        return page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES, ids=lambda name: name.partition("?")[0] or "overview")
def test_page_has_no_serious_accessibility_finding(address: str, name: str, scheme: str) -> None:
    serious = [
        (v["id"], v["nodes"][0]["html"][:200])
        for v in findings(f"{address}/{name}", scheme)
        if v["impact"] in ("serious", "critical") and v["id"] not in STREAMLITS_OWN
    ]
    assert not serious


def test_axe_looks_into_our_own_elements(address: str) -> None:
    assert AXE is not None
    with opened(address) as (page, _):
        page.locator(".panel tbody a").first.evaluate("link => link.replaceChildren()")  # a link without a name
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {runOnly: ['wcag2a']})")["violations"]
    assert "link-name" in {v["id"] for v in found}
