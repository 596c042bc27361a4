"""The log of a run in JSON lines, one file per run, and the report that lies beside its edition."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from pipelines.compute.checkpoints import Checkpoints
from pipelines.compute.workers import Progress

LOGS_KEPT = 100
TELL_EVERY_SECONDS = 10.0
_PATTERN = "run-*.jsonl"


@dataclass
class RunStage:
    """One stage of a run, by the name that progress is told under."""

    name: str
    began: float  # of the monotonic clock: the wall's may be set while a run is under way
    done: int = 0
    total: int = 1
    seconds: float = 0.0

    @property
    def share(self) -> float:
        """Of the stage's tasks, how many are done."""
        return self.done / self.total if self.total else 1.0


@dataclass
class RunLog:
    """What a run did so far; every line is whole, also after a kill."""

    path: Path
    run: str
    listener: Progress
    started: datetime
    began: float
    stages: list[RunStage] = field(default_factory=list)
    peak_memory_mib: dict[str, int] = field(default_factory=dict)  # of this process and of the largest worker
    last_written: float = 0.0

    def event(self, name: str, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Write a line. A log that can't be written does not stop a run: what fills the disk is told elsewhere."""
        now = datetime.now(tz=UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "run": self.run, "event": name, **facts}
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell of progress, and write it down every few seconds; a new name ends the stage before."""
        self.listener(stage, done, total)
        now = time.monotonic()
        if not self.stages or self.stages[-1].name != stage:
            self.end_stage()
            self.stages.append(RunStage(stage, now))
            self.event("stage", stage=stage)
        current = self.stages[-1]
        current.done, current.total = done, total
        if 0 < done < total and now - self.last_written >= TELL_EVERY_SECONDS:
            self.last_written = now
            remaining = (now - current.began) * (1 / current.share - 1)
            facts = {"done": done, "total": total, "share": round(current.share, 3)}
            self.event("progress", stage=stage, **facts, remaining_seconds=round(remaining))

    def end_stage(self) -> None:
        """Note how long the last stage took."""
        if self.stages and not self.stages[-1].seconds:
            last = self.stages[-1]
            last.seconds = time.monotonic() - last.began
            self.event("stage done", stage=last.name, seconds=round(last.seconds, 2), of=last.total)

    def report(self, kept: Checkpoints) -> dict[str, Any]:
        """For `run.json`: clock, timings, memory and what was taken over; none of it changes a figure."""
        self.end_stage()
        self.peak_memory_mib["run"] = peak_memory_mib()
        return {
            "run": self.run,
            "started": self.started.isoformat(),
            "seconds": round(time.monotonic() - self.began, 1),
            "stages": [{"stage": s.name, "seconds": round(s.seconds, 1), "tasks": s.total} for s in self.stages],
            "reused": sorted(kept.reused),
            "broken": sorted(kept.broken),
            "not_kept": sorted(kept.refused),
            "kept": {
                "parts": len(kept.costs),
                "mib": round(sum(size for size, _ in kept.costs) / 2**20, 1),
                "seconds": round(sum(seconds for _, seconds in kept.costs), 2),
            },
            "peak_memory_mib": dict(self.peak_memory_mib),
            "log": str(self.path),
        }


@contextmanager
def run_log(folder: Path, region: str, *, listener: Progress) -> Iterator[RunLog]:
    """A log for the block, in the store's folder of logs; a failure is written down and goes on its way."""
    started = datetime.now(tz=UTC)
    run = f"{started:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    log = RunLog(folder / f"run-{run}.jsonl", run, listener, started, time.monotonic())
    for path in sorted(folder.glob(_PATTERN))[: -LOGS_KEPT + 1] if folder.is_dir() else ():
        with suppress(OSError):
            path.unlink()
    log.event("started", region=region, store=str(folder.parent))
    try:
        yield log
    except BaseException as error:
        log.event("failed", error=type(error).__name__, message=str(error).partition("\n")[0])
        raise
    log.end_stage()
    log.event("done", seconds=round(time.monotonic() - log.began, 1))


def peak_memory_mib() -> int:
    """The most memory that this process has held so far, MiB."""
    import resource  # noqa: PLC0415 - POSIX only: imported where it is needed

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
