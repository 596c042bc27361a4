"""A page is its file and one line: written into a copy of the house, a new one is in the menu and is drawn."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.views import PAGES
from tests.editions import write_edition

HOUSE = Path(__file__).resolve().parents[4]
PACKAGES = ("dashboards", "pipelines", "records", "forecasting", "geo")
VIEW = '''"""Weather at the crossing points."""

import streamlit as st

from dashboards.components.page_frame import close_view, open_view

facts = open_view()
st.markdown(f"Fair weather over {len(facts.ranked)} places.")
close_view(facts)
'''
LINE = '    Page("weather", "Weather"),\n'
READER = """
import json, sys
import streamlit as st
from streamlit.testing.v1 import AppTest

menus, navigation = [], st.navigation
st.navigation = lambda pages, **options: (menus.append(pages), navigation(pages, **options))[1]
app = AppTest.from_file(sys.argv[1], default_timeout=60).run().switch_page("views/weather.py").run()
menu = [(page.title, page.url_path, page.visibility) for page in menus[-1]]
print(json.dumps({"menu": menu, "text": [m.value for m in app.markdown], "problems": [e.value for e in app.exception]}))
"""


@pytest.mark.slow
def test_new_page_is_one_file_and_one_line(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(HOUSE / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dashboards" / "views" / "weather.py").write_text(VIEW)
    registry = tmp_path / "dashboards" / "views" / "__init__.py"
    before, last, after = registry.read_text().rpartition('    Page("account"')
    registry.write_text(before + LINE + last + after)
    write_edition(tmp_path / "store")
    places = {"PYTHONPATH": str(tmp_path), "ROUTECAST_STORE": str(tmp_path / "store")}
    command = [sys.executable, "-W", "ignore", "-c", READER, str(tmp_path / "dashboards" / "app.py")]
    told = subprocess.run(
        command, env=os.environ | places, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(told.splitlines()[-1])
    assert found["problems"] == []
    assert "Fair weather over 14 places." in found["text"]
    titles = [title for title, _, _ in found["menu"]]
    assert titles == [*(p.title for p in PAGES[:-1]), "Weather", PAGES[-1].title]
    assert ["Weather", "weather", "visible"] in found["menu"]


def test_every_page_has_its_file_and_every_file_its_line() -> None:
    files = {path.stem for path in (HOUSE / "dashboards" / "views").glob("*.py")} - {"__init__"}
    assert files == {page.id for page in PAGES}
