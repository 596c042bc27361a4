"""The page that maps a table: proposal, preview, change, taking in; for those who may, and without keeping the file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.gate import refusal_of
from dashboards.server.doors import Doors, open_doors
from dashboards.server.roles import ROLES, Role
from dashboards.server.visitor import Visitor
from dashboards.views import PAGES
from dashboards.wording import tables as told
from pipelines.ingest.proposals.upload import UploadedTables
from pipelines.observations.batches import load_observations
from pipelines.store.paths import Store
from records.audit import list_entries
from records.database import open_database
from tests.regions import write_pack

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
TABLE = "Month;Sector;Sex;Detections\n2024-01;yuma;F;2\n2024-01;yuma;M;3\n2024-02;yuma;F;1\n2024-02;yuma;M;4\n"
SECRET = b"Month,Sector,Number,remark\n2024-01,yuma,3,whispered words\n2024-02,yuma,4,whispered words\n"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    pack = write_pack(tmp_path / "my_region")
    store = Store(tmp_path / "store")
    store.root.mkdir()
    monkeypatch.setenv("ROUTECAST_STORE", str(store.root))
    monkeypatch.setenv("ROUTECAST_REGION", str(pack))
    open_doors(Doors(tables=UploadedTables(store)))
    yield store
    open_doors(Doors())


def opened(monkeypatch: pytest.MonkeyPatch, role: Role = "analyst") -> AppTest:
    monkeypatch.setattr("dashboards.server.visitor.LOCAL", Visitor("ana", role, "internal"))
    return AppTest.from_file(str(APP), default_timeout=120).run().switch_page("views/tables.py").run()


def uploaded(app: AppTest, content: bytes, name: str = "figures.csv") -> AppTest:
    app.file_uploader[0].set_value((name, content, "text/csv"))
    return app.run()


def shown(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.info, *app.success, *app.metric, *app.text_area]
    return "\n".join(str(p.value) for p in parts)


def test_a_table_is_proposed_previewed_and_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(opened(monkeypatch), TABLE.encode())
    assert not app.exception
    assert "add_up_over: [Sex]" in app.text_area[0].value
    assert [m.value for m in app.metric] == ["2", "10", "0"]
    app.button(key="table_take").click().run()
    assert "accepted 2" in shown(app)
    kept = load_observations(store, "my_region")
    assert kept["count"].tolist() == [5, 5]
    entries = list_entries(open_database(store.database), last=5)
    assert [e.user for e in entries if e.action == "table_taken"] == ["ana"]


@pytest.mark.usefixtures("store")
def test_a_changed_mapping_is_what_is_previewed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(opened(monkeypatch), TABLE.encode())
    changed = app.text_area[0].value.replace("add_up_over: [Sex]", "filters: {Sex: F}")
    app.text_area[0].set_value(changed).run()
    assert [m.value for m in app.metric] == ["2", "3", "0"]
    app.text_area[0].set_value(changed.replace("Detections", "Detected")).run()
    assert "not found: Detected" in shown(app)


def test_figures_are_not_taken_by_a_mapping_that_nobody_saw(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploaded(opened(monkeypatch), TABLE.encode())
    app.text_area[0].set_value(app.text_area[0].value.replace("add_up_over: [Sex]", "filters: {Sex: F}"))
    app.button(key="table_take").click().run()
    assert [str(t.value) for t in app.toast] == [told.LOOK_FIRST]
    assert [m.value for m in app.metric] == ["2", "3", "0"]
    assert "accepted" not in shown(app)
    app.button(key="table_take").click().run()
    assert load_observations(store, "my_region")["count"].tolist() == [2, 1]


def test_no_byte_of_the_file_stays_and_what_is_not_read_is_not_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = uploaded(opened(monkeypatch), SECRET)
    app.button(key="table_take").click().run()
    assert "accepted 2" in shown(app)
    assert "whispered" not in shown(app)
    files = [p for p in store.root.rglob("*") if p.is_file()]
    assert files
    assert not [p for p in files if b"whispered" in p.read_bytes()]
    assert not list(Path("/dev/shm").glob("routecast-*"))


@pytest.mark.usefixtures("store")
def test_persons_are_refused_without_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"2024-01-{d},yuma,Amir,P123456{d}\n" for d in range(10, 30))
    app = uploaded(opened(monkeypatch), f"date,sector,surname,passport\n{rows}".encode())
    assert "person-level" in shown(app)
    assert "Amir" not in shown(app)
    assert not app.text_area


def test_the_page_is_for_those_who_may_take_figures_in() -> None:
    page = next(p for p in PAGES if p.id == "tables")
    refused = {role: refusal_of(page, Visitor("ana", role, "internal")) is not None for role in ROLES}
    assert refused == {"viewer": True, "analyst": False, "planner": False, "admin": False}
    assert refusal_of(page, Visitor("ana", "admin", "partner")) is not None


@pytest.mark.usefixtures("store")
def test_a_server_without_the_way_in_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    open_doors(Doors())
    assert told.CLOSED in shown(opened(monkeypatch))
