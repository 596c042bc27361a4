"""Tell somebody that the weekly job is over. It never fails the job, and it never carries a count."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from pipelines.ingest.inbox.settings import unsafe

TIMEOUT_SECONDS = 10.0


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
