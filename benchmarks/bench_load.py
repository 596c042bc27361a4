"""Many sessions at once on the dashboard: seconds until a page has come in whole, errors, and the servers' memory.

Clients speak Streamlit's own protocol (a websocket each, no browser) and run on the servers' machine, so all share its
cores. All N sessions ask at the same moment and go on without a pause: "first" opens the first page, "choice" sets
another lead time on it (three times), "mixed" walks through every page, each session in another order, and sets another
lead time on every second. Median and 95th percentile in seconds; "MiB" is the most resident memory that the servers
held so far, added up; "errors" counts refused connections, exceptions on a page and pages that never ended; `load` is
how many processes wanted the cores when it began, others' among them.

`--store FOLDER` a store with editions; without it a made-up edition of 124 segments · `--sessions 1 25 50` ·
`--servers N` so many on one store, as behind a proxy that gives each visitor one of them · `--quick` two sessions.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the tests' builders make the editions

from tests.browsers import served
from tests.editions import write_edition

PAGES = ("", "place", "protection", "scenarios", "briefing", "skill", "quality", "help")
CHOICES, PATIENCE = 3, 120.0
HORIZON = "Horizon"


@dataclass
class Session:
    """One visitor: a websocket, the boxes on the page, the choices in the address."""

    address: str
    socket: websockets.ClientConnection
    boxes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # label → id and options
    chosen: dict[str, str] = field(default_factory=dict)  # id → option
    query: str = ""
    page: str = ""
    errors: int = 0
    received: int = 0

    async def open(self, page: str) -> None:
        """Ask for a page and wait until it has come in whole."""
        self.page, self.boxes, self.chosen = page, {}, {}  # as a browser, which leaves the old page's boxes behind
        await self._run()

    async def choose(self, label: str, number: int) -> None:
        """Set a box to one of its options and wait for the page that follows."""
        identity, options = self.boxes[label]
        self.chosen[identity] = options[number % len(options)]
        await self._run()

    async def _run(self) -> None:
        ask = BackMsg()
        state = ask.rerun_script
        state.query_string, state.page_name = self.query, self.page
        state.context_info.timezone, state.context_info.locale = "Europe/Vienna", "en-GB"
        state.context_info.url, state.context_info.color_scheme = f"{self.address}/{self.page}", "light"
        for identity, option in self.chosen.items():
            state.widget_states.widgets.add(id=identity, string_value=option)
        await self.socket.send(ask.SerializeToString())
        started = False
        async with asyncio.timeout(PATIENCE):
            while True:
                raw = await self.socket.recv()
                self.received += len(raw)
                message = ForwardMsg.FromString(raw)
                kind = message.WhichOneof("type")
                if kind == "new_session":
                    started = True
                elif kind == "delta":
                    self._look(message)
                elif kind == "page_info_changed":
                    self.query = message.page_info_changed.query_string
                elif kind == "script_finished" and started:
                    early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                    if not early:
                        self.errors += message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
                        return

    def _look(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        self.errors += kind == "exception"
        if kind == "selectbox":
            self.boxes[element.selectbox.label] = element.selectbox.id, list(element.selectbox.options)


async def timed(work: Awaitable[None], times: list[float]) -> None:
    """Seconds that something took, added to a list."""
    began = time.perf_counter()
    await work
    times.append(time.perf_counter() - began)


async def first(session: Session, _: int, times: list[float]) -> None:
    """The first page."""
    await timed(session.open(""), times)


async def choices(session: Session, number: int, times: list[float]) -> None:
    """Other lead times on the first page, one after another."""
    for step in range(CHOICES):
        await timed(session.choose(HORIZON, number + 5 * step), times)


async def mixed(session: Session, number: int, times: list[float]) -> None:
    """Every page in an order of the session's own, every second with another lead time."""
    for step, page in enumerate(random.Random(number).sample(PAGES, len(PAGES))):
        await timed(session.open(page), times)
        if step % 2:
            await timed(session.choose(HORIZON, number + step), times)


PHASES: dict[str, Callable[[Session, int, list[float]], Awaitable[None]]] = {
    "first": first,
    "choice": choices,
    "mixed": mixed,
}


async def visit_together(addresses: list[str], sessions: int) -> tuple[dict[str, list[float]], int]:
    """All sessions at once, phase by phase; seconds by phase, and errors."""
    times: dict[str, list[float]] = {name: [] for name in PHASES}
    visitors: list[Session] = []
    failed = 0

    async def one(name: str, session: Session, number: int) -> int:
        """One session's phase; 1 where it failed."""
        try:
            await PHASES[name](session, number, times[name])
        except (OSError, TimeoutError, KeyError, websockets.WebSocketException) as error:
            print(f"  session {number}, {name}: {type(error).__name__} {error}", file=sys.stderr)
            return 1
        return 0

    async def come(number: int) -> None:
        """Load the page and open its session."""
        address = addresses[number % len(addresses)]
        await asyncio.to_thread(lambda: urllib.request.urlopen(address, timeout=PATIENCE).read())
        socket = await websockets.connect(
            address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            compression=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        visitors.append(Session(address, socket))

    await asyncio.gather(*(come(number) for number in range(sessions)))
    for name in PHASES:
        failed += sum(await asyncio.gather(*(one(name, v, n) for n, v in enumerate(visitors))))
    for visitor in visitors:
        await visitor.socket.close()
    return times, failed + sum(v.errors for v in visitors)


def peak_mib(server: psutil.Process) -> int:
    """The most resident memory that a server ever held (`VmHWM`)."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measure(store: Path, *, sessions: list[int], servers: int) -> None:
    """Print the table's lines of one store."""
    with ExitStack() as started:
        running = [started.enter_context(served(store)) for _ in range(servers)]
        addresses = [address for address, _ in running]
        for number in sessions:
            load = os.getloadavg()[0]
            times, errors = asyncio.run(visit_together(addresses, number))
            memory = sum(peak_mib(server) for _, server in running)
            columns = " ".join(f"{statistics.median(t):>6.2f} {percentile(t):>6.2f}" for t in times.values())
            print(f"{number:>8} {servers:>7} {columns} {errors:>6} {memory:>6,} {load:>5.1f}", flush=True)


def percentile(times: list[float]) -> float:
    """The 95th."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store with editions")
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 25, 50])
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="two sessions on a small edition")
    options = parser.parse_args()
    heads = " ".join(f"{name:>6} {'p95':>6}" for name in PHASES)
    print(f"{'sessions':>8} {'servers':>7} {heads} {'errors':>6} {'MiB':>6} {'load':>5}")
    with tempfile.TemporaryDirectory() as folder:
        store = options.store.resolve() if options.store else Path(folder)
        if not options.store:
            write_edition(store, **({} if options.quick else {"n_segments": 124}))
        measure(store, sessions=[2] if options.quick else options.sessions, servers=options.servers)


if __name__ == "__main__":
    main()
