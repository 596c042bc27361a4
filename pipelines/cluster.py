"""Where Dask tasks run: this machine's processes, or a cluster by address. The functions never know."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dask
from distributed import Client, LocalCluster

if TYPE_CHECKING:
    from collections.abc import Iterator


class ClusterError(Exception):
    """The cluster can't be reached. Exit code 1."""


@contextmanager
def cluster(scheduler: str | None = None, *, workers: int | None = None, processes: bool = True) -> Iterator[Client]:
    """Connect to a scheduler, or start workers on this machine (one thread each) for the block.

    Args:
        scheduler: Address such as `tcp://127.0.0.1:8786`; None starts local workers.
        workers: Local workers; default one per core, at most 8.
        processes: Local workers are processes; False: this one works alone, at once, for what is soon done.

    Raises:
        ClusterError: the scheduler does not answer.
    """
    settings = {
        "distributed.worker.daemon": False,
        "distributed.logging.distributed": "error",
        # Dask's default gives memory back at every turn; asking for it again cost the demo 40 s of processor
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
        "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**28,
        "distributed.admin.large-graph-warning-threshold": "1GB",  # the figures of a block ride in its task
    }
    with dask.config.set(settings):
        if scheduler:
            try:
                client = Client(scheduler, timeout="20s")
            except OSError as error:
                raise ClusterError(
                    f"{scheduler}: expected a Dask scheduler, got no answer. Start 'dask scheduler'."
                ) from error
            with client:
                yield client
            return
        count = workers or min(os.cpu_count() or 1, 8)
        local = LocalCluster(
            n_workers=count if processes else 1,
            processes=processes,
            threads_per_worker=1,
            host="127.0.0.1" if processes else None,  # threads need no port
            dashboard_address="127.0.0.1:0",  # None would open port 8787 on every address of the machine
        )
        with local, Client(local) as client:
            yield client
