"""What could be a person's is nowhere after a delivery: not in the store, the logs, the messages or the database.

A made-up person is planted in every corner of a file, in the languages of the region, and given to every door.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.pack.load import load_region
from geo.region.region import Region
from pipelines.editions.edition import latest_edition
from pipelines.ingest.inbox.drop_folder import take_dropped
from pipelines.ingest.ingest_files import take_files
from pipelines.ingest.proposals.upload import UploadedTables
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from routecast.cli import run_command
from routecast.terminal.errors import DEGRADED
from tests.person_files import Person, corners, planted_file
from tests.person_tables import MAPPING, PACK, TABLES
from tests.person_traces import PATTERNS, traces, traces_under
from tests.regions import write_pack

TODAY = date(2026, 11, 23)
ANY_TABLE = ("table", "csv", "cbp_encounters")  # of these a mapping is proposed, on a terminal and on the page


@dataclass
class Doors:
    """A store, the ways into it, and what was told on them."""

    folder: Path
    region: Region
    told: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # our own, which are none of the file's

    @property
    def store(self) -> Store:
        """Where everything goes."""
        return Store(self.folder / "store")

    def command(self, source: str, path: Path) -> None:
        """`routecast ingest`, or `run --capacities` on a store without figures; `--debug` shows what an error is."""
        words = ["ingest", source, str(path), *(["--map", str(self.folder / "map.yaml")] if source == "table" else [])]
        store = self.store.root
        if source == "capacities":
            words, store = ["run", "--capacities", str(path)], self.folder / "empty"
        if run_command([*words, "--region", str(self.folder / "pack"), "--store", str(store), "--debug"]) == 1:
            self.faults.append(f"{source}: {path}")

    def drop(self, source: str, path: Path) -> None:
        """The drop folder, as the weekly job takes from it. What is refused for its form stays as it came."""
        place = self.store.drop / source
        place.mkdir(parents=True, exist_ok=True)
        (place / "map.yaml").write_text(MAPPING if source == "table" else "")
        path.replace(place / path.name)
        options = {"region": self.region, "store": self.store, "today": TODAY, "progress": lambda *_: None}
        result = take_dropped(
            self.store.drop,
            self.store,
            self.region.id,
            take=lambda known, file: take_files(known, [file], **options),  # type: ignore[arg-type]
            at=datetime(2026, 11, 23, 6, tzinfo=UTC),
            settle_seconds=0,
        )
        self.told += [*result.lines, *result.taken, *(r.message + r.file for r in result.refusals)]
        self.faults += [r.message for r in result.refusals if "Routecast failed" in r.message]
        for note in (self.store.drop / "refused").rglob("*.txt"):
            note.with_name(note.name.removesuffix(".txt")).unlink(missing_ok=True)  # it stays to be mended, as it came

    def page(self, source: str, path: Path) -> None:
        """What the page *Map a table* asks of an uploaded file; the terminal's `routecast map` too."""
        del source
        door, content, mapping = UploadedTables(self.store), path.read_bytes(), MAPPING
        steps: list[Callable[[], object]] = [
            lambda: door.propose(path.name, content, self.region),
            lambda: vars(door.preview(path.name, content, self.region, mapping)),
            lambda: door.take(path.name, content, self.region, mapping),
        ]
        for step in steps:
            try:
                self.told.append(str(step()))
            except DataRefusedError as error:
                self.told += [str(error), *error.lines]
        out = ["--out", str(self.folder / "maps" / path.parent.name)]
        if run_command(["map", str(path), "--region", str(self.folder / "pack"), *out]) == 1:
            self.faults.append(f"map: {path}")


@pytest.fixture
def doors(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Doors:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "map.yaml").write_text(MAPPING)
    pack = write_pack(tmp_path / "pack", PACK)
    return Doors(tmp_path, load_region(pack))


WAYS = {"command": tuple(TABLES), "drop": tuple(s for s in TABLES if s != "capacities"), "page": ANY_TABLE}


def deliver(doors: Doors, *, every: int, ways: Sequence[str] = tuple(WAYS)) -> int:
    """Plant a person in every n-th corner of a door's tables, and deliver it on one way after the other; how many."""
    planted = [(source, corner) for source, table in TABLES.items() for corner in corners(table).values()]
    delivered = 0
    for number, (source, corner) in enumerate(planted):
        way = ways[number // every % len(ways)]
        if number % every == 0 and source in WAYS[way]:
            getattr(doors, way)(source, planted_file(doors.folder / "in", TABLES[source], corner, number=number))
            delivered += 1
    return delivered


def left(doors: Doors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Traces of any person in what was told or logged, and in every byte of the store."""
    told = "\n".join([*doors.told, caplog.text, *capfd.readouterr()])
    return [*traces(told.encode(), "told"), *traces_under(doors.store.root), *traces_under(doors.folder / "empty")]


def test_marked_files_leave_no_trace(
    doors: Doors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert deliver(doors, every=43) > 30
    assert left(doors, caplog, capfd) == []
    assert doors.faults == []


@pytest.mark.slow
@pytest.mark.parametrize(("way", "every", "files"), [("command", 5, 480), ("drop", 5, 448), ("page", 3, 164)])
def test_corners_of_files_leave_no_trace_on_any_way(
    doors: Doors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], way: str, every: int, files: int
) -> None:
    """Of the corners of all tables each n-th, so that all corners and languages meet all ways; two marks in each."""
    assert deliver(doors, every=every, ways=(way,)) >= files
    assert left(doors, caplog, capfd) == []
    assert doors.faults == []


@pytest.mark.slow
def test_what_is_published_of_marked_files_holds_no_trace(
    doors: Doors, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """From deliveries to an edition, its briefing and exports, an approval in the database, and what doctor says."""
    deliver(doors, every=17, ways=("command",))
    place = ["--region", str(doors.folder / "pack"), "--store", str(doors.store.root)]
    out = doors.store.root / "out"
    out.mkdir()
    assert run_command(["run", "--horizon", "1", "--workers", "1", *place]) == DEGRADED  # much was refused
    edition = latest_edition(doors.store, "pack") or ""
    for words in (
        ["briefing", "--out", str(out)],
        ["export", "--format", "hubverse", "--out", str(out)],
        ["export", "--format", "xlsx", "--out", str(out)],
        ["quarantine", "--out", str(out / "quarantine.csv")],
        ["revisions", "--from", "2026-01-01", "--to", "2027-01-01", "--out", str(out / "revisions.csv")],
        ["editions", "approve", edition, "--note", "looked at"],
        ["doctor"],
    ):
        assert run_command([*words, *place]) in (0, DEGRADED), words
    assert (doors.store.root / "database.sqlite").exists()
    assert left(doors, caplog, capfd) == []


def test_the_search_finds_a_person_in_every_form_of_a_file(tmp_path: Path) -> None:
    """Each planted file itself holds the traces that are looked for: the search can fail."""
    for number, (what, corner) in enumerate(corners(TABLES["csv"]).items()):
        path = planted_file(tmp_path, TABLES["csv"], corner, number=number)
        assert traces_under(path.parent), what


def test_a_person_is_found_however_it_is_written() -> None:
    scripts = {Person.number(n).script for n in range(18)}
    assert scripts == {"LATIN", "CYRILLIC", "GREEK", "ARABIC"}
    assert len({Person.number(n).name for n in range(2000)}) == 2000
    for person in map(Person.number, range(18)):
        for text in (person.name, person.name.upper(), person.name.lower(), person.document):
            assert all(traces(text.encode(encoding)) for encoding in ("utf-8", "utf-16-le"))
    assert len(PATTERNS) > 60
