"""Three weeks of the weekly job from an empty folder: fetched, dropped and refused files, a source down, and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from pipelines.editions.edition import Edition, latest_edition, list_editions
from pipelines.publish.release.audit_heads import keep_head
from pipelines.store.atomic import exclusive
from pipelines.store.paths import Store
from records.audit import append_entry
from records.database import open_database
from records.decisions import list_events
from routecast.cli import run_command
from tests.regions import write_pack
from tests.web import Site, entry, says, site

PACK = """
name: One valley
freq: W
indicators: {irregular_crossings: {unit: detections, sensitivity: public}}
segments: [{id: north, name: North valley, border: AAA-BBB}]
"""
SUNDAYS = {45: "2026-11-02", 46: "2026-11-09", 47: "2026-11-16"}  # week → its first day
PEOPLE = "first_name,date_of_birth,count\nZorana,1990-02-03,1\n"


def figures(week: int) -> bytes:
    """All weekly figures up to a week, as a file that grows."""
    weeks = pd.date_range("2026-04-06", SUNDAYS[week], freq="7D")
    counts = np.random.default_rng(5).poisson(40, 60)[: len(weeks)]
    table = pd.DataFrame(
        {
            "indicator": "irregular_crossings",
            "place_kind": "segment",
            "place": "north",
            "period_start": weeks.strftime("%Y-%m-%d"),
            "period": "W",
            "count": counts,
        }
    )
    return table.to_csv(index=False).encode()


class House:
    """A store, a region of one segment, a portal that serves its figures, and somebody who is told."""

    def __init__(self, folder: Path, web: Site) -> None:
        self.folder, self.web, self.store = folder, web, Store(folder / "store")
        write_pack(folder / "valley", PACK)
        self.url, self.told = web.address + "/figures.csv", web.put("/hook", says(b"ok"))
        settings = {"fetch": [entry("csv", self.url, retries=0)], "webhook": self.told, "watch": {"csv": 10}}
        self.store.root.mkdir()
        (self.store.root / "sources.yaml").write_text(yaml.safe_dump(settings))

    def do(self, *words: str) -> int:
        return run_command([*words, "--region", str(self.folder / "valley"), "--store", str(self.store.root)])

    def weekly(self) -> int:
        return self.do("weekly", "--workers", "1", "--horizon", "1", "--settle", "0")

    def drop(self, name: str, content: bytes) -> None:
        path = self.store.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def latest(self) -> Edition:
        edition_id = latest_edition(self.store, "valley")
        assert edition_id is not None
        return Edition(self.store.editions("valley") / edition_id)

    def last_told(self) -> dict[str, Any]:
        return json.loads([body for path, _, body in self.web.asked if path == "/hook"][-1])

    def files(self, folder: str) -> list[str]:
        return sorted(p.name.partition("-")[2] for p in (self.store.drop / folder).rglob("*") if p.is_file())


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("ROUTECAST_WEBHOOK", raising=False)
    monkeypatch.delenv("ROUTECAST_DATABASE", raising=False)
    with site() as web:
        yield House(tmp_path, web)


def first_week(house: House) -> None:
    house.web.put("/figures.csv", says(figures(45), ETag="45"))
    assert house.weekly() == 0
    assert house.latest().id == "2026-W45"
    assert house.files("done") == ["figures.csv"]
    assert house.last_told() | {"finished": ""} == {
        "job": "routecast weekly",
        "region": "valley",
        "finished": "",
        "exit_code": 0,
        "outcome": "done",
        "edition": "2026-W45",
        "new_edition": True,
        "audit_head": None,
        "rolled_back_from": False,
        "fetched": [{"source": "csv", "file": "figures.csv", "state": "new"}],
        "files_taken": ["figures.csv"],
        "files_refused": [],
        "files_left": [],
        "source_problems": [],
    }


def second_week(house: House) -> None:
    """The portal is down; a colleague drops the figures by hand, somebody else a list of persons."""
    house.web.put("/figures.csv", says(b"maintenance", 503))
    house.drop("csv/by-hand.csv", figures(46))
    house.drop("missing_migrants/list.csv", PEOPLE.encode())
    assert house.weekly() == 4
    edition = house.latest()
    assert edition.id == "2026-W46"
    problems = {p["source"]: (p["problem"], p["last"]) for p in edition.quality["source_problems"]}
    assert problems == {"csv": ("not_reached", "2026-11-09"), "missing_migrants": ("refused", None)}
    assert edition.manifest["settings"]["source_problems"] == {"csv": "not_reached", "missing_migrants": "refused"}
    assert "csv could not be reached" in (edition.folder / "briefing.html").read_text(encoding="utf-8")
    assert house.files("refused") == ["list.csv.txt"]
    assert not any(b"Zorana" in p.read_bytes() for p in house.store.root.rglob("*") if p.is_file())
    told = house.last_told()
    assert (told["outcome"], told["files_refused"]) == (
        "done with problems",
        [{"source": "missing_migrants", "file": None}],
    )
    assert house.weekly() == 4  # the next day, still down: nothing new
    assert list_editions(house.store, "valley") == ["2026-W45", "2026-W46"]


def third_week(house: House) -> None:
    """The portal is back, the list of persons does not come again."""
    house.web.put("/figures.csv", says(figures(47), ETag="47"))
    (house.store.root / "weekly" / "valley-refused.json").unlink()
    assert house.weekly() == 0
    assert house.latest().id == "2026-W47"
    assert house.latest().quality["source_problems"] == []


def way_back(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Readers are led back; the same week's job does not lead them forward again."""
    assert house.do("editions", "rollback", "--reason", "wrong figures of week 47") == 0
    assert house.latest().id == "2026-W46"
    assert house.weekly() == 4
    assert house.latest().id == "2026-W46"
    assert "It was rolled back from" in capsys.readouterr().out
    kinds = [e.kind for e in list_events(open_database(house.store.database), "valley")]
    assert kinds == ["set_aside", "rolled_back"]
    assert house.do("editions", "diff", "2026-W45", "2026-W46", "--out", str(house.folder / "diff.csv")) == 0
    changes = pd.read_csv(house.folder / "diff.csv")
    assert "csv by-….csv" in " ".join(changes.loc[changes["kind"] == "input", "what"])
    assert house.do("editions", "verify") == 0
    assert house.do("doctor") == 4
    assert "its edition was rolled back from" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_weeks_from_an_empty_folder(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert house.do("doctor") == 4  # no figures yet
    assert "no figures" in capsys.readouterr().out
    first_week(house)
    second_week(house)
    third_week(house)
    way_back(house, capsys)


def test_a_first_week_without_any_figure_is_refused_and_told(house: House) -> None:
    house.web.put("/figures.csv", says(b"<html>log in</html>"))
    assert house.weekly() == 3
    told = house.last_told()
    assert (told["outcome"], told["edition"]) == ("refused", None)
    assert told["fetched"] == [{"source": "csv", "file": "figures.csv", "state": "refused"}]


def test_a_region_that_is_not_there_is_told_by_the_webhook_too(house: House) -> None:
    assert run_command(["weekly", "--region", "nowhere", "--store", str(house.store.root)]) == 3
    assert house.last_told()["region"] == "nowhere"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"a": says(b"x,y\n"), "b": says(b"x,y\n")}, 0),
        ({"a": says(b"x,y\n"), "b": says(b"", 404)}, 4),
        ({"a": says(b"", 404), "b": says(b"", 503)}, 1),
        ({"a": says(b"", 404), "b": says(b"<html>")}, 3),
    ],
)
def test_fetch_says_by_its_exit_code_what_came(house: House, answers: dict[str, Any], code: int) -> None:
    addresses = [entry("csv", house.web.put(f"/{n}.csv", a), retries=0) for n, a in answers.items()]
    (house.store.root / "sources.yaml").write_text(yaml.safe_dump({"fetch": addresses}))
    assert run_command(["fetch", "--store", str(house.store.root)]) == code


def test_fetch_without_addresses_says_where_to_write_them(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    (house.store.root / "sources.yaml").unlink()
    assert run_command(["fetch", "--store", str(house.store.root)]) == 2
    assert "sources.yaml" in capsys.readouterr().out


@pytest.mark.asvs("V2.3.4")
def test_a_second_job_leaves_while_the_first_is_at_work(house: House) -> None:
    with exclusive(house.store.root / ".lock"):
        assert house.weekly() == 5
    assert house.last_told()["outcome"] == "busy"
    assert not (house.store.root / "weekly").exists()  # the first one's report is not written over


def test_settings_that_are_refused_stop_the_job_before_anything_is_fetched(house: House) -> None:
    (house.store.root / "sources.yaml").write_text("fetch: [{source: csv, url: 'http://example.org/a.csv'}]")
    assert house.weekly() == 3
    assert house.web.asked == []


def test_an_audit_trail_that_was_rewritten_stops_the_job_before_anything_is_fetched(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    append_entry(open_database(house.store.database), "viewed", user="ana")
    keep_head(house.store)
    open_database.cache_clear()
    (house.store.root / "database.sqlite").unlink()
    append_entry(open_database(house.store.database), "viewed", user="eva")
    assert house.weekly() == 3
    assert "the trail was rewritten" in " ".join(capsys.readouterr().out.split())
    assert [path for path, _, _ in house.web.asked] == ["/hook"]
    store = ["--store", str(house.store.root)]
    assert run_command(["audit", "accept", "--reason", "older backup", *store]) == 0
    assert run_command(["audit", "verify", *store]) == 0


def test_the_job_stops_where_a_hash_that_was_kept_elsewhere_is_gone(house: House) -> None:
    append_entry(open_database(house.store.database), "viewed", user="ana")
    assert house.do("weekly", "--expect", "f" * 64) == 3
    assert house.last_told()["outcome"] == "refused"
