"""What the weekly job did, for the webhook and for `doctor`: no counts, and nothing of what files hold."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.ingest.inbox.drop_folder import DropFolderResult, RefusedFile, SourceProblem
from pipelines.ingest.inbox.fetch import FetchOutcome
from pipelines.publish.edition.publish import Published
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store

OUTCOMES = {0: "done", 1: "failed", 2: "wrong usage", 3: "refused", 4: "done with problems", 5: "busy"}


def weekly_report(
    region: str,
    exit_code: int,
    *,
    at: datetime,
    outcomes: list[FetchOutcome],
    intake: DropFolderResult | None,
    problems: tuple[SourceProblem, ...],
    published: Published | None,
) -> dict[str, Any]:
    """The report as JSON can hold it.

    Names of files stand in it, but neither what a file holds nor why it was refused: that may quote a file.
    """
    return {
        "job": "routecast weekly",
        "region": region,
        "finished": at.isoformat(timespec="seconds"),
        "exit_code": exit_code,
        "outcome": OUTCOMES[exit_code],
        "edition": published.edition.id if published else None,
        "new_edition": bool(published and published.new),
        "rolled_back_from": bool(published and published.set_aside),  # it is there, and readers see an earlier one
        "fetched": [{"source": o.source, "file": o.file, "state": o.state} for o in outcomes],
        "files_taken": list(intake.taken) if intake else [],
        "files_refused": [_refusal(r) for r in intake.refusals] if intake else [],
        "files_left": [d.path.name for d in intake.files.growing] if intake else [],
        "source_problems": [{"source": p.source, "problem": p.problem} for p in problems],
    }


def _refusal(refusal: RefusedFile) -> dict[str, str | None]:
    """A file with persons in it may be named after one."""
    return {"source": refusal.source, "file": None if refusal.persons else refusal.file}


def keep_report(store: Store, region: str, report: dict[str, Any]) -> None:
    """Keep the last report of a region."""
    write_atomically(_file(store, region), json_bytes(report))


def last_report(store: Store, region: str) -> dict[str, Any] | None:
    """The last report of a region; None where there is none that can be read."""
    try:
        return dict(json.loads(_file(store, region).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _file(store: Store, region: str) -> Path:
    return store.root / "weekly" / f"{region}.json"
