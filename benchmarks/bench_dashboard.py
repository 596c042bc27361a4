"""The dashboard in a real browser: seconds until the first page stands with map and ranking, and after a choice.

A warm server: its first visitor is not counted. "fresh" is a browser without a cache, "again" the same browser once
more, "choice" another lead time (from the click to the new map and ranking on the screen). Medians, the best in
brackets; `load` is how many processes wanted the machine's cores meanwhile.

`--store FOLDER` a store with editions of the Western Balkans; without it made-up editions of 14 and of 2,000 segments ·
`--quick` the small one, one visit.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests' builders make the editions

from tests.browsers import CHROMIUM, served
from tests.editions import write_edition

LARGE = 2_000
WINDOW = {"width": 1366, "height": 768}
# Time is taken in the browser, in the first frame in which the element's own tree holds what is waited for.
WATCH = """(() => {
  const inside = (what) => [...document.querySelectorAll("[data-testid^='stBidi']")]
    .map((e) => e.shadowRoot?.querySelector(what)).find(Boolean);
  const wait = (done, name) => {
    const look = () => done() ? requestAnimationFrame(() => { window[name] = performance.now(); })
      : requestAnimationFrame(look);
    look();
  };
  wait(() => inside("tbody tr") && inside(".map path.hit"), "__stood");
  window.__watchChoice = () => {
    const before = inside("caption").textContent;
    window.__changed = null;
    document.addEventListener("click", () => { window.__clicked = performance.now(); }, {capture: true});
    wait(() => inside("caption") && inside("caption").textContent !== before, "__changed");
  };
})()"""


def first_page(page: Page, address: str) -> float:
    """Seconds from asking for the page until map and ranking stand."""
    page.goto(address)
    page.wait_for_function("window.__stood", timeout=120_000)
    return float(page.evaluate("window.__stood")) / 1000


def another_choice(page: Page, steps: int) -> float:
    """Seconds from choosing another lead time until the map and ranking that belong to it are drawn."""
    page.evaluate("window.__watchChoice()")
    page.get_by_role("combobox", name="Horizon").click()
    page.get_by_role("option").nth(steps).click()
    page.wait_for_function("window.__changed", timeout=60_000)
    return float(page.evaluate("window.__changed - window.__clicked")) / 1000


def visit(browser: Browser, address: str, number: int) -> tuple[float, float, float]:
    """Seconds of a fresh browser, of the same one again, and of a choice that nobody made before."""
    context = browser.new_context(viewport=WINDOW, bypass_csp=True)  # what is waited for is looked for by script
    context.add_init_script(WATCH)
    page = context.new_page()
    times = []
    for _ in range(2):
        times.append(first_page(page, address))
        page.wait_for_timeout(1_500)
    choice = another_choice(page, 3 + number % 9)
    context.close()
    return times[0], times[1], choice


def measure(name: str, store: Path, *, query: str, visits: int) -> None:
    """Print one line of the table."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    found = []
    with served(store) as (address, _), sync_playwright() as player:
        for number in range(visits + 1):
            browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            times = visit(browser, f"{address}/{query}", number)
            browser.close()
            if number:
                found.append(times)
    columns = (f"{statistics.median(c):.2f} ({min(c):.2f})" for c in zip(*found, strict=True))
    print(f"{name:<24} " + " ".join(f"{c:>13}" for c in columns) + f" {os.getloadavg()[0]:>6.1f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store with editions of western_balkans")
    parser.add_argument("--quick", action="store_true", help="one visit, the small edition")
    options = parser.parse_args()
    if CHROMIUM is None:
        print("bench_dashboard: no Chromium on this machine, so nothing is measured.")
        return
    visits = 1 if options.quick else 7
    print(f"{'seconds':<24} {'fresh':>13} {'again':>13} {'choice':>13} {'load':>6}")
    if options.store:
        measure("this store", options.store.resolve(), query="", visits=visits)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_edition(Path(folder) / "small")
        measure("14 segments", Path(folder) / "small", query="", visits=visits)
        if not options.quick:
            write_edition(
                Path(folder) / "large", region_id="large", n_segments=LARGE, indicators=("irregular_crossings",)
            )
            measure(f"{LARGE:,} segments", Path(folder) / "large", query="?region=large", visits=visits)


if __name__ == "__main__":
    main()
