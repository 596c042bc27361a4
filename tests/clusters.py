"""A Dask scheduler and workers as a user starts them: processes of their own, on addresses of their own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SCHEDULER_HOST, WORKER_HOSTS = "127.0.0.2", ("127.0.0.3", "127.0.0.4")


@dataclass
class Processes:
    """A scheduler and its workers; `prefix` is put before a command, such as `ip netns exec NAME`."""

    host: str
    port: int
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://{self.host}:{self.port}"

    def start_scheduler(self, prefix: Sequence[str] = ()) -> None:
        words = ["scheduler", "--host", self.host, "--port", str(self.port), "--no-dashboard", "--no-show"]
        self.scheduler = _started([*prefix, *_dask(), *words])

    def start_worker(self, host: str, prefix: Sequence[str] = ()) -> None:
        words = ["worker", self.address, "--host", host, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(_started([*prefix, *_dask(), *words]))

    def kill_scheduler(self) -> None:
        assert self.scheduler is not None
        kill(self.scheduler)

    def kill_workers(self) -> None:
        while self.workers:
            kill(self.workers.pop())


def free_port(host: str = SCHEDULER_HOST) -> int:
    """A port of an address that nobody listens on now."""
    with socket.socket() as free:
        free.bind((host, 0))
        return int(free.getsockname()[1])


@contextmanager
def processes(host: str = SCHEDULER_HOST, *, port: int) -> Iterator[Processes]:
    """Nothing is started yet; whatever is, ends with the block."""
    made = Processes(host, port)
    try:
        yield made
    finally:
        made.kill_workers()
        if made.scheduler is not None:
            made.kill_scheduler()


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 a process that was started here, and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _dask() -> list[str]:
    return [sys.executable, "-m", "dask"]


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
