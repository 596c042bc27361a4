"""The local cluster: on this machine only, and two at once."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest
from distributed import KilledWorker, LocalCluster, wait
from distributed.comm import CommClosedError

from pipelines.compute import cluster as module
from pipelines.compute.cluster import ClusterError, _losses_told, cluster, share


def test_two_local_clusters_run_at_once_and_listen_on_loopback_only() -> None:
    with cluster(workers=1) as first, cluster(workers=1) as second:
        assert [each.submit(sum, (1, 2)).result() for each in (first, second)] == [3, 3]
        me = psutil.Process()
        listening = [
            place.laddr.ip
            for process in (me, *me.children(recursive=True))
            for place in process.net_connections()
            if place.status == psutil.CONN_LISTEN
        ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_what_workers_leave_in_their_temporary_folder_goes_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # as many a machine has it
    with cluster(workers=1) as client:
        (left,) = client.run(tempfile.mkdtemp).values()
        assert Path(left).is_dir()
    assert not Path(left).exists()


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named() -> None:
    with (
        pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9: expected a Dask scheduler"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CancelledError("x cancelled"), "the scheduler was lost in the middle of the work"),
        (CommClosedError("in connection"), "the scheduler was lost in the middle of the work"),
        (KilledWorker("task", None, 3), "a task was lost with its worker each time it was tried"),
    ],
    ids=["cancelled", "closed", "killed worker"],
)
def test_a_loss_is_told_in_plain_words_and_says_what_to_do(error: Exception, told: str) -> None:
    with pytest.raises(ClusterError, match=told) as found, _losses_told("tcp://10.0.0.1:8786", []):
        raise error
    assert "run again: what is complete is kept" in str(found.value)


def test_other_faults_in_a_task_are_not_taken_for_a_lost_cluster() -> None:
    with pytest.raises(ZeroDivisionError), _losses_told("here", []):
        raise ZeroDivisionError


def test_a_shared_value_outlives_the_worker_that_holds_it() -> None:
    with cluster(workers=2) as client:
        shared = share(client, [1, 2])
        wait(shared)
        (holder,) = client.who_has(shared)[shared.key]
        os.kill(client.run(os.getpid, workers=[holder])[holder], signal.SIGKILL)
        assert client.submit(sum, shared, pure=False).result(timeout=120) == 3


NOTICED_BEFORE_US = """
import logging
from distributed import LocalCluster
from pipelines.compute.cluster import cluster
with LocalCluster(n_workers=1, processes=False, dashboard_address="127.0.0.1:0") as local, \\
        cluster(local.scheduler_address):
    for name in ("distributed.batched", "distributed.client", "tornado.application", "asyncio"):
        logging.getLogger(name).error("Batched Comm Closed")
"""


@pytest.mark.slow
def test_what_notices_a_lost_connection_before_us_leaves_the_telling_to_us() -> None:
    done = subprocess.run([sys.executable, "-c", NOTICED_BEFORE_US], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_FOR_WORKER_SECONDS", 1.0)
    monkeypatch.setattr(module, "LOOK_EVERY_SECONDS", 0.2)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_scheduler_without_workers_is_told() -> None:
    with (
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ClusterError, match="expected at least one worker, got none"),
        cluster(empty.scheduler_address),
    ):
        pass


def wait_while_workers_leave(local: LocalCluster) -> None:
    with cluster(local.scheduler_address) as client:
        task = client.submit(time.sleep, 60, pure=False)
        local.scale(0)
        task.result(timeout=60)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_workers_that_all_go_away_end_the_wait_with_the_reason() -> None:
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as local,
        pytest.raises(ClusterError, match="expected at least one worker, got none"),
    ):
        wait_while_workers_leave(local)


@pytest.mark.slow
def test_workers_with_other_code_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "code_version", lambda: "0.1.0+of another day")  # here, not in the worker's process
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as local,
        pytest.raises(ClusterError, match="expected workers with this version of Routecast"),
        cluster(local.scheduler_address),
    ):
        pass
