"""The dashboard in a real browser: seconds until the first page stands with its map and table, and after a choice.

A warm server: its first visitor is not counted. "fresh" is a browser without a cache, "again" the same browser once
more, "choice" another lead time. Each figure is a median, the best in brackets.

`--store FOLDER` an existing store (default: made-up editions of 14 segments, and of 2,000) · `--quick` one visit each.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests' builders make the editions

from tests.editions import write_edition
from tests.servers import free_port, is_healthy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

LARGE = 2_000
WINDOW = {"width": 1366, "height": 768}
# The map stands when its numbered points are drawn, the table when its canvas is.
STANDS = """() => !!document.querySelector('.js-plotly-plot .textpoint')
    && !!document.querySelector("[data-testid='stDataFrame'] canvas")"""
WATCH = f"""(() => {{
  const stands = {STANDS};
  const look = () => {{ if (stands()) window.__stood = performance.now(); else requestAnimationFrame(look); }};
  requestAnimationFrame(look);
}})()"""


@contextmanager
def served(store: Path, region: str) -> Iterator[str]:
    """The dashboard as a user starts it; its address."""
    program, port = shutil.which("routecast", path=str(Path(sys.executable).parent)), free_port()
    if program is None:
        raise SystemExit("bench_dashboard: expected the command 'routecast' beside this Python. Run 'make env'.")
    command = [program, "dashboard", "--store", str(store), "--region", region, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            if not is_healthy(port, seconds=120):
                raise SystemExit("bench_dashboard: the server did not answer within two minutes.")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def first_page(page: Page, address: str) -> float:
    """Seconds from asking for the page until map and table stand."""
    page.goto(address)
    page.wait_for_function("window.__stood", timeout=120_000)
    return float(page.evaluate("window.__stood")) / 1000


def another_choice(page: Page, steps: int) -> float:
    """Seconds from choosing another lead time until the map that belongs to it is drawn."""
    before = page.evaluate("document.querySelector('.js-plotly-plot').data.at(-1).name + location.search")
    box = page.get_by_role("combobox", name="Horizon")
    box.click()
    page.get_by_role("option").nth(steps).click()
    since = page.evaluate("performance.now()")
    page.wait_for_function(f"location.search !== {before!r}.slice(-location.search.length)", timeout=60_000)
    page.wait_for_function("!document.querySelector(\"[data-testid='stStatusWidget']\")", timeout=60_000)
    return (float(page.evaluate("performance.now()")) - float(since)) / 1000


def visit(browser: Browser, address: str) -> tuple[float, float, float]:
    """Seconds of a fresh browser, of the same one again, and of another choice."""
    context = browser.new_context(viewport=WINDOW)
    context.add_init_script(WATCH)
    page = context.new_page()
    fresh = first_page(page, address)
    page.wait_for_timeout(1_000)
    again = first_page(page, address)
    page.wait_for_timeout(1_000)
    choice = another_choice(page, 5)
    context.close()
    return fresh, again, choice


def measure(store: Path, region: str, *, visits: int) -> None:
    """Print one line of the table."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    found = []
    with served(store, region) as address, sync_playwright() as player:
        for number in range(visits + 1):
            browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
            times = visit(browser, address)
            browser.close()
            if number:
                found.append(times)
    columns = (f"{statistics.median(c):.2f} ({min(c):.2f})" for c in zip(*found, strict=True))
    print(f"{region:<18} " + " ".join(f"{c:>14}" for c in columns))


def chromium() -> str:
    """Path of the browser."""
    found = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
    if found is None:
        print("bench_dashboard: no Chromium on this machine, so nothing is measured.")
        raise SystemExit(0)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store with editions of western_balkans")
    parser.add_argument("--quick", action="store_true", help="one visit each, small editions")
    options = parser.parse_args()
    visits = 1 if options.quick else 5
    chromium()
    print(f"{'seconds':<18} {'fresh':>14} {'again':>14} {'choice':>14}")
    if options.store:
        measure(options.store, "western_balkans", visits=visits)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_edition(Path(folder) / "small")
        measure(Path(folder) / "small", "western_balkans", visits=visits)
        if not options.quick:
            write_edition(Path(folder) / "large", region_id="large", n_segments=LARGE)
            measure(Path(folder) / "large", "large", visits=visits)


if __name__ == "__main__":
    main()
