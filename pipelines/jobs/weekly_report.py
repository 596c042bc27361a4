"""What the weekly job did, kept for `doctor` and sent to a webhook: no counts, and nothing of what files hold."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from pipelines.ingest.inbox.drop_folder import DropFolderResult, SourceProblem
from pipelines.ingest.inbox.fetch import FetchOutcome
from pipelines.ingest.inbox.settings import unsafe
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.publish.edition.publish import Published
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store

TIMEOUT_SECONDS = 10.0
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
    audit_head: str | None,
) -> dict[str, Any]:
    """The report as JSON can hold it.

    Names of files stand in it, but neither what a file holds nor why it was refused: that may quote a file.
    """
    refusals = intake.refusals if intake else ()
    return {
        "job": "routecast weekly",
        "region": region,
        "finished": at.isoformat(timespec="seconds"),
        "exit_code": exit_code,
        "outcome": OUTCOMES[exit_code],
        "edition": published.edition.id if published else None,
        "new_edition": bool(published and published.new),
        "audit_head": audit_head,  # the trail's last hash: who gets the report keeps it out of the database's reach
        "rolled_back_from": bool(published and published.set_aside),  # it is there, and readers see an earlier one
        "fetched": [{"source": o.source, "file": o.file, "state": o.state} for o in outcomes],
        "files_taken": list(intake.taken) if intake else [],
        # a file with persons in it may be named after one
        "files_refused": [{"source": r.source, "file": None if r.persons else r.file} for r in refusals],
        "files_left": [file_for_message(d.path.name) for d in intake.files.growing] if intake else [],
        "source_problems": [{"source": p.source, "problem": p.problem} for p in problems],
    }


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


def notify(url: str, payload: Mapping[str, Any], *, timeout_seconds: float = TIMEOUT_SECONDS) -> str | None:
    """Send the report as JSON (POST, no redirects); what went wrong, without the address; None: it arrived."""
    problem = unsafe(url)
    if problem:
        return f"webhook: {problem}"
    host = urlsplit(url).hostname
    try:
        answer = requests.post(url, json=dict(payload), timeout=timeout_seconds, allow_redirects=False, stream=True)
        answer.close()
    except requests.RequestException as error:
        return f"webhook: {host} gave no answer ({type(error).__name__})"
    return None if answer.ok and answer.status_code < 300 else f"webhook: {host} answered {answer.status_code}"
