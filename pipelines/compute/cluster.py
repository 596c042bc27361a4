"""Where Dask tasks run: this machine's processes, or a cluster by address. The functions never know."""

import ctypes
import logging
import os
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

import dask
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.comm import CommClosedError

from pipelines.compute.versions import code_version, library_versions
from pipelines.store.atomic import scratch

WAIT_FOR_WORKER_SECONDS = 60.0
LOOK_EVERY_SECONDS = 5.0
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
Shared = TypeVar("Shared")


class ClusterError(Exception):
    """The cluster can't be reached, was lost, or runs another program. Exit code 1."""


@contextmanager
def cluster(scheduler: str | None = None, *, workers: int | None = None, processes: bool = True) -> Iterator[Client]:
    """Connect to a scheduler, or start workers on this machine (one thread each) for the block.

    Args:
        scheduler: Address such as `tcp://127.0.0.1:8786`; None starts local workers.
        workers: Local workers; default one per core, at most 8.
        processes: Local workers are processes; False: this one works alone, at once, for what is soon done.

    Raises:
        ClusterError: the scheduler does not answer or was lost, there is no worker, or one with other code.
    """
    settings = {
        "distributed.worker.daemon": False,
        "distributed.nanny.pre-spawn-environ.DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error",
        # Dask's default gives memory back at every turn: asking for it again cost the demo 40 s of processor
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**25,
        "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
        "distributed.admin.large-graph-warning-threshold": "1GB",  # the figures of a block ride in its task
    }
    with dask.config.set(settings):
        if scheduler:
            with _connected(scheduler) as client:
                yield client
            return
        count = workers or min(os.cpu_count() or 1, 8)
        if processes:
            _hold_little()
        with (
            _local_workers(count, processes=processes) as local,
            Client(local) as client,
            _losses_told("this machine's workers", []),
        ):
            yield client


def _hold_little() -> None:
    """What this process frees goes back to the system, as the workers' does not: they compute, it coordinates.

    By glibc's own thresholds, which grow with what is freed, the demo's run kept 240 MiB more to its end.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # of glibc alone
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 2**22)
        mallopt(_M_TRIM_THRESHOLD, 2**26)


@contextmanager
def _local_workers(count: int, *, processes: bool) -> Iterator[LocalCluster]:
    """Workers whose temporary files go with them: they are ended at once, and Stan would leave its files behind."""
    with (
        scratch() as folder,
        LocalCluster(
            n_workers=count if processes else 1,
            processes=processes,
            threads_per_worker=1,
            host="127.0.0.1" if processes else None,  # threads need no port
            dashboard_address="127.0.0.1:0",  # None would open port 8787 on every address of the machine
            **({"env": {"TMPDIR": str(folder)}} if processes else {}),
        ) as local,
    ):
        yield local


def share(client: Client, value: Shared) -> Future:
    """Bring a value to the workers once. As a task, unlike a scattered value, it outlives the worker that holds it."""
    return client.submit(_itself, value, pure=False)


def give_memory_back(client: Client) -> None:
    """Workers, and this process, give the system what they have freed: between tasks they keep some, to be quick."""
    client.run(trim_memory, on_error="ignore")
    trim_memory()


def trim_memory() -> None:
    """This process gives the system what it has freed."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)


def _itself(value: Shared) -> Shared:
    return value


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    _be_quiet()
    try:
        client = Client(scheduler, timeout="20s")
    except (OSError, ValueError) as error:
        raise ClusterError(f"{scheduler}: expected a Dask scheduler, got no answer. Start 'dask scheduler'.") from error
    lost: list[str] = []
    with client, _losses_told(scheduler, lost):
        _require_workers(client, scheduler)
        ended = Event()
        watch = Thread(target=_watch, args=(client, scheduler, ended, lost), daemon=True)
        watch.start()
        try:
            yield client
        finally:
            ended.set()


def _require_workers(client: Client, scheduler: str) -> None:
    """At least one worker, and all with this program: another one would give other figures under our name."""
    try:
        client.wait_for_workers(1, timeout=WAIT_FOR_WORKER_SECONDS)
    except TimeoutError as error:
        raise ClusterError(_no_worker(scheduler)) from error
    try:
        theirs = client.run(_versions)
    except ImportError as error:
        raise ClusterError(
            f"{scheduler}: expected workers with Routecast, got: {error}. Start them from an environment that has it."
        ) from error
    others = [worker for worker, found in theirs.items() if found != _versions()]
    if others:
        raise ClusterError(
            f"{scheduler}: expected workers with this version of Routecast and its libraries, {len(others)} of "
            f"{len(theirs)} differ, e.g. {others[0]}. Start them from the same environment."
        )


def _versions() -> dict[str, str]:
    return {"routecast": code_version(), **library_versions()}


def _watch(client: Client, scheduler: str, ended: Event, lost: list[str]) -> None:
    """Close the connection when no worker has been there for a while: what waits for it then ends, with the reason."""
    seen = monotonic()
    while not ended.wait(LOOK_EVERY_SECONDS):
        try:
            workers = client.scheduler_info(n_workers=-1)["workers"]
        except Exception:  # noqa: BLE001 - a scheduler that is lost is told by whoever waits for a task
            return
        seen = monotonic() if workers else seen
        if monotonic() - seen > WAIT_FOR_WORKER_SECONDS and not ended.is_set():
            lost.append(_no_worker(scheduler))
            client.close(timeout=5)
            return


def _no_worker(scheduler: str) -> str:
    return (
        f"{scheduler}: expected at least one worker, got none for {WAIT_FOR_WORKER_SECONDS:.0f} s. Start 'dask worker "
        f"{scheduler}', and run again: what is complete is kept."
    )


@contextmanager
def _losses_told(where: str, lost: list[str]) -> Iterator[None]:
    """Say in plain words that a worker or the scheduler was lost; of other failures Dask says nothing beside ours."""
    try:
        yield
    except KilledWorker as error:
        raise ClusterError(
            f"{where}: a task was lost with its worker each time it was tried, mostly for want of memory. Give the "
            "workers more memory (or fewer of them to a machine), and run again: what is complete is kept."
        ) from error
    except (CancelledError, CommClosedError) as error:
        _be_quiet()
        reason = (
            f"{where}: the scheduler was lost in the middle of the work. Start it and its workers, and run again: "
            "what is complete is kept."
        )
        raise ClusterError(lost[0] if lost else reason) from error
    except BaseException:
        _be_quiet()  # tasks that are given up as the workers end are no news
        raise


def _be_quiet() -> None:
    """What holds a connection may log its loss before or after we tell it, with a traceback: it is told once, by us."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
