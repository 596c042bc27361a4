"""A whole run on a scheduler and workers that were started apart: same bytes, also where one of them is killed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clusters import WORKER_HOSTS, Processes, free_port, processes
from tests.scenario_editions import put_small
from tests.small_runs import RUN, bytes_of, command, finish, write_small_region

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("cluster")]
STAGES = (
    "aggregate",
    "irregular crossings as known at the cutoffs: ",
    "forecasts of irregular crossings: ",
    "put together",
)
SPACES = ("routecast-test-a", "routecast-test-b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small region, its store, and the same store with an edition made by local workers."""
    made = write_small_region(tmp_path_factory.mktemp("cluster"))
    finish(command("ingest", "csv", str(made / "figures.csv"), folder=made, store=made / "store"))
    shutil.copytree(made / "store", made / "local")
    done = finish(command(*RUN, folder=made, store=made / "local"))
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def started() -> Iterator[Processes]:
    with processes(port=free_port()) as made:
        made.start_scheduler()
        for host in WORKER_HOSTS:
            made.start_worker(host)
        yield made


def run_words(folder: Path, store: Path, address: str) -> list[str]:
    return command(*RUN[:-2], "--scheduler", address, folder=folder, store=store)


def disturbed(words: list[str], line: str, disturb: Callable[[], None]) -> tuple[int, str]:
    """Run a command, and do something as it prints a line that begins so; exit code and what it said."""
    said, waiting = [], True
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for one in process.stdout:
            said.append(one)
            if waiting and one.startswith(line):
                disturb()
                waiting = False
        code = process.wait()
    assert not waiting, said
    return code, "".join(said)


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_killed_in_a_stage_changes_no_byte(
    folder: Path, stage: str, tmp_path: Path, started: Processes
) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    words = run_words(folder, store, started.address)
    code, said = disturbed(words, stage, started.workers[0].kill)
    assert code == 0, said
    assert bytes_of(store) == bytes_of(folder / "local")


@pytest.mark.parametrize("stage", STAGES[1:3])
def test_a_lost_scheduler_is_told_and_the_next_run_goes_on_with_the_same_bytes(
    folder: Path, stage: str, tmp_path: Path, started: Processes
) -> None:
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    words = run_words(folder, store, started.address)
    code, said = disturbed(words, stage, started.kill_scheduler)
    assert code == 1, said
    assert "the scheduler was lost in the middle of the work" in said
    assert "Traceback" not in said
    started.kill_workers()
    started.start_scheduler()
    started.start_worker(WORKER_HOSTS[0])
    done = finish(words)
    assert done.returncode == 0, done.stderr
    assert bytes_of(store) == bytes_of(folder / "local")


@contextmanager
def namespaces() -> Iterator[None]:
    """Two network namespaces with a wire between them: 10.213.7.1 and 10.213.7.2."""
    a, b = SPACES
    lines = [
        f"netns add {a}",
        f"netns add {b}",
        f"link add rct-a netns {a} type veth peer name rct-b netns {b}",
        f"-n {a} addr add 10.213.7.1/24 dev rct-a",
        f"-n {b} addr add 10.213.7.2/24 dev rct-b",
        *(f"-n {space} link set {device} up" for space, device in ((a, "rct-a"), (b, "rct-b"), (a, "lo"), (b, "lo"))),
    ]
    try:
        for line in lines:
            subprocess.run(["ip", *line.split()], check=True, capture_output=True)
        yield
    finally:
        for space in SPACES:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def test_a_run_between_two_network_namespaces_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and 'ip'; the tests above use other loopback addresses")
    store = Path(shutil.copytree(folder / "store", tmp_path / "store"))
    here, there = (["ip", "netns", "exec", space] for space in SPACES)
    try:
        with namespaces(), processes("10.213.7.1", port=18786) as made:
            made.start_scheduler(here)
            made.start_worker("10.213.7.2", there)
            done = finish([*here, *run_words(folder, store, made.address)])
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not allowed here: {error.stderr.decode().strip()}")
    assert done.returncode == 0, done.stderr
    assert bytes_of(store) == bytes_of(folder / "local")


def compare_words(folder: Path, *scenarios: list[str]) -> list[str]:
    """`scenario compare` of some scenarios, each a list of assumptions, on a small edition."""
    region, store = put_small(folder)
    files = [folder / f"{number}.yaml" for number in range(len(scenarios))]
    for file, assumptions in zip(files, scenarios, strict=True):
        lines = [f"name: S{file.stem}", "assumptions:", *(f"  - {{{one}}}" for one in assumptions)]
        file.write_text("\n".join(lines), encoding="utf-8")
    words = [sys.executable, "-m", "routecast", "scenario", "compare", *map(str, files)]
    return [*words, "--region", str(region), "--store", str(store)]


def test_scenarios_on_the_cluster_give_the_same_tables(tmp_path: Path, started: Processes) -> None:
    held, more = "kind: segment_flow, segment: a-1, factor: 0.1", "kind: inflow, factor: [1.1, 1.4]"
    words = compare_words(tmp_path, [held], [more], [held, more])
    for name, where in (("here", []), ("there", ["--scheduler", started.address])):
        done = finish([*words, *where, "--out", str(tmp_path / name)])
        assert done.returncode == 0, done.stderr
    tables = sorted(p.name for p in (tmp_path / "here").glob("*.csv"))
    assert len(tables) >= 6
    for table in tables:
        assert (tmp_path / "here" / table).read_bytes() == (tmp_path / "there" / table).read_bytes(), table


def test_scenario_that_cannot_be_met_is_refused_from_the_cluster_too(tmp_path: Path, started: Processes) -> None:
    words = compare_words(tmp_path, ["kind: edge, from_segment: a-1, to_segment: a-2, share: 0.7"] * 2)
    done = finish([*words, "--scheduler", started.address])
    assert done.returncode == 3, done.stdout + done.stderr
    assert "take more than all who pass it" in " ".join(done.stdout.split())
