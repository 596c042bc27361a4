"""Telling others: it arrives, or it says why not, and it never takes long."""

import json
import time
from collections.abc import Iterator

import pytest

from pipelines.jobs.weekly_report import notify
from tests.servers import free_port
from tests.web import Site, says, site

REPORT = {"job": "routecast weekly", "exit_code": 0, "edition": "2026-W47"}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "*")
    with site() as place:
        yield place


def test_the_report_arrives_as_json(web: Site) -> None:
    assert notify(web.put("/hook", says(b"ok")), REPORT) is None
    ((_, headers, body),) = web.asked
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == REPORT


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_answer_is_told_without_the_address(web: Site, status: int) -> None:
    url = web.put("/hook/s3cret", says(b"", status, Location="https://example.org/"))
    problem = notify(url, REPORT)
    assert problem == f"webhook: 127.0.0.1 answered {status}"
    assert len(web.asked) == 1


def test_a_webhook_that_hangs_is_left_in_time(web: Site) -> None:
    started = time.monotonic()
    problem = notify(web.put("/hook", lambda _: web.stop.wait(30) and None), REPORT, timeout_seconds=0.2)
    assert problem is not None
    assert "gave no answer" in problem
    assert time.monotonic() - started < 10


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    problem = notify(f"http://127.0.0.1:{free_port()}/s3cret", REPORT)
    assert problem == "webhook: 127.0.0.1 gave no answer (ConnectionError)"


@pytest.mark.asvs("V1.3.6", "V12.2.1")
def test_an_unsafe_address_is_not_asked() -> None:
    assert notify("http://example.org/hook", REPORT) == (
        "webhook: expected https (http only on this machine), got http://example.org"
    )
