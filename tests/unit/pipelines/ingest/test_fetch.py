"""Fetching from a server that behaves, and from one that does not."""

import gzip
import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest.inbox.fetch import FetchOutcome, fetch_sources, forget
from pipelines.ingest.inbox.settings import Address
from tests.servers import free_port
from tests.web import Request, Site, cut, entry, says, site

NOW = datetime(2026, 11, 25, tzinfo=UTC)
FIGURES = (
    b"indicator,place_kind,place,period_start,period,count\n" + b"irregular_crossings,segment,a,2026-11-09,W,3\n" * 99
)
PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "*")
    with site() as place:
        yield place


class Fetcher:
    """A store with a drop folder, and one address."""

    def __init__(self, folder: Path) -> None:
        self.drop = folder / "drop"

    def fetch(self, url: str, *, again: bool = False, **options: Any) -> FetchOutcome:
        address = Address(**entry("csv", url, **options))
        (outcome,) = fetch_sources([address], drop=self.drop, at=NOW, again=again)
        return outcome

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.drop)): p.read_bytes() for p in self.drop.glob("[!.]*/*") if p.is_file()}


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    return Fetcher(tmp_path)


def workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "x" * 5000)
    return buffer.getvalue()


def test_a_file_lands_in_the_folder_of_its_source(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/data/figures.csv", says(FIGURES)))
    assert outcome == FetchOutcome("csv", "figures.csv", "new")
    assert fetcher.files() == {"csv/figures.csv": FIGURES}


def test_a_second_fetch_asks_whether_it_changed_and_takes_304_for_no(web: Site, fetcher: Fetcher) -> None:
    dated = {"ETag": '"v1"', "Last_Modified": "Mon, 23 Nov 2026 08:00:00 GMT"}
    url = web.put("/figures.csv", says(FIGURES, **dated), says(b"", 304))
    fetcher.fetch(url)
    (fetcher.drop / "csv" / "figures.csv").unlink()  # taken into the store meanwhile
    assert fetcher.fetch(url).state == "unchanged"
    _, headers, _ = web.asked[-1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"v1"', dated["Last_Modified"])
    assert fetcher.files() == {}


def test_equal_bytes_from_a_server_without_memory_are_unchanged(web: Site, fetcher: Fetcher) -> None:
    url = web.put("/figures.csv", says(FIGURES))
    fetcher.fetch(url)
    (fetcher.drop / "csv" / "figures.csv").unlink()
    assert fetcher.fetch(url).state == "unchanged"
    assert fetcher.files() == {}


def test_a_changed_file_is_fetched(web: Site, fetcher: Fetcher) -> None:
    url = web.put("/figures.csv", says(FIGURES, ETag="1"), says(FIGURES + b"more\n", ETag="2"))
    fetcher.fetch(url)
    assert fetcher.fetch(url).state == "new"
    assert fetcher.files()["csv/figures.csv"].endswith(b"more\n")


@pytest.mark.parametrize("how", ["again", "forgotten", "damaged memory", "other address"])
def test_no_condition_is_set_when_the_file_is_wanted_whatever_it_is(web: Site, fetcher: Fetcher, how: str) -> None:
    url = web.put("/figures.csv", says(FIGURES, ETag="1"))
    other = web.put("/new/figures.csv", says(FIGURES, ETag="1"))
    fetcher.fetch(url)
    if how == "forgotten":
        forget(fetcher.drop, "csv", "figures.csv")
    if how == "damaged memory":
        (fetcher.drop / ".fetched" / "csv" / "figures.csv.json").write_text("{")
    assert fetcher.fetch(other if how == "other address" else url, again=how == "again").state == "new"
    assert "If-None-Match" not in web.asked[-1][1]


def test_unchanged_without_a_question_is_a_lie(web: Site, fetcher: Fetcher) -> None:
    assert fetcher.fetch(web.put("/figures.csv", says(b"", 304))).state == "refused"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(web: Site, fetcher: Fetcher, status: int) -> None:
    busy = says(b"later", status, Retry_After="0")
    assert fetcher.fetch(web.put("/figures.csv", busy, busy, says(FIGURES))).state == "new"
    assert len(web.asked) == 3


def test_a_busy_server_is_asked_again_no_sooner_than_it_says(web: Site, fetcher: Fetcher) -> None:
    started = time.monotonic()
    busy = says(b"later", 503, Retry_After="1")
    assert fetcher.fetch(web.put("/figures.csv", busy, says(FIGURES))).state == "new"
    assert 1.0 <= time.monotonic() - started < 10


def test_a_server_that_stays_busy_is_given_up(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(b"", 503)))
    assert outcome.state == "not_reached"
    assert "503" in outcome.message
    assert len(web.asked) == 3  # once, and twice again


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_again(web: Site, fetcher: Fetcher, status: int) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(b"no", status)))
    assert (outcome.state, len(web.asked)) == ("not_reached", 1)
    assert str(status) in outcome.message


def test_a_cut_answer_is_fetched_again(web: Site, fetcher: Fetcher) -> None:
    assert fetcher.fetch(web.put("/figures.csv", cut(FIGURES, at=700), says(FIGURES))).state == "new"
    assert fetcher.files() == {"csv/figures.csv": FIGURES}


def test_an_answer_that_is_cut_each_time_leaves_nothing(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", cut(FIGURES, at=700)))
    assert outcome.state == "not_reached"
    assert "broke off each time" in outcome.message
    assert fetcher.files() == {}


def test_a_cut_answer_in_chunks_is_found_too(web: Site, fetcher: Fetcher) -> None:
    def chunks(request: Request) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"40\r\n" + b"x" * 0x40 + b"\r\n80\r\nonly this much")
        request.close_connection = True

    assert fetcher.fetch(web.put("/figures.csv", chunks)).state == "not_reached"
    assert fetcher.files() == {}


def test_a_whole_answer_in_chunks_is_taken(web: Site, fetcher: Fetcher) -> None:
    def chunks(request: Request) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(FIGURES), FIGURES))

    assert fetcher.fetch(web.put("/figures.csv", chunks)).state == "new"
    assert fetcher.files() == {"csv/figures.csv": FIGURES}


def test_a_server_that_never_answers_is_given_up_in_time(web: Site, fetcher: Fetcher) -> None:
    def silent(_: Request) -> None:
        web.stop.wait(30)

    started = time.monotonic()
    outcome = fetcher.fetch(web.put("/figures.csv", silent), timeout_seconds=0.2, retries=1)
    assert outcome.state == "not_reached"
    assert "no sign of life within 0.2 s" in outcome.message
    assert time.monotonic() - started < 10


def test_a_server_that_drips_is_given_up_after_the_total(web: Site, fetcher: Fetcher) -> None:
    def dripping(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        while not web.stop.wait(0.02):
            request.wfile.write(b"x")

    started = time.monotonic()
    outcome = fetcher.fetch(web.put("/figures.csv", dripping), total_seconds=0.5)
    assert outcome.message.endswith("not done after 0.5 s")
    assert time.monotonic() - started < 10
    assert fetcher.files() == {}


def test_no_half_file_is_seen_while_it_comes(web: Site, fetcher: Fetcher) -> None:
    halfway, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(FIGURES)))
        request.end_headers()
        request.wfile.write(FIGURES[:500])
        request.wfile.flush()
        halfway.set()
        go_on.wait(10)
        request.wfile.write(FIGURES[500:])

    url = web.put("/figures.csv", slow)
    asking = threading.Thread(target=lambda: fetcher.fetch(url, timeout_seconds=20))
    asking.start()
    assert halfway.wait(10)
    seen = [n for n in fetcher.files() if not n.startswith("csv/.")]
    go_on.set()
    asking.join(20)
    assert seen == []
    assert list(fetcher.files()) == ["csv/figures.csv"]


@pytest.mark.asvs("V5.2.2")
@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("figures.csv", PAGE, "expected text, got a web page"),
        ("figures.xlsx", PAGE, "expected a workbook, got a web page"),
        ("figures.xlsx", FIGURES, "expected a workbook, got text"),
        ("figures.xlsx", b"PK\x03\x04" + b"x" * 900, "cut off"),
        ("figures.csv", workbook(), "expected text, got a workbook"),
        ("figures.csv", b'{"error": "quota exceeded"}', "expected text, got JSON"),
        ("figures.csv", b"", "got an empty answer"),
        ("figures.csv", b"a,b\n\x00\x01\x02", "got binary data"),
        ("figures.parquet", b"PAR1" + b"x" * 90, "cut off"),
        ("figures.csv.gz", FIGURES, "expected gzip, got text"),
        ("figures.zip", PAGE, "got a web page"),
    ],
    ids=lambda value: value if isinstance(value, str) else "…",  # bytes of a workbook differ with the clock
)
def test_an_answer_that_is_not_what_its_name_says_is_refused(
    web: Site, fetcher: Fetcher, name: str, body: bytes, told: str
) -> None:
    outcome = fetcher.fetch(web.put(f"/{name}", says(body, Content_Type="text/csv")))
    assert outcome.state == "refused"
    assert told in outcome.message
    assert fetcher.files() == {}


def test_a_workbook_and_a_packed_table_are_taken(web: Site, fetcher: Fetcher) -> None:
    packed = gzip.compress(FIGURES)
    assert fetcher.fetch(web.put("/a.xlsx", says(workbook()))).state == "new"
    assert fetcher.fetch(web.put("/b.csv.gz", says(packed))).state == "new"
    assert fetcher.files() == {"csv/a.xlsx": workbook(), "csv/b.csv.gz": packed}


def test_an_answer_packed_though_not_asked_for_is_unpacked(web: Site, fetcher: Fetcher) -> None:
    url = web.put("/figures.csv", says(gzip.compress(FIGURES), Content_Encoding="gzip"))
    assert fetcher.fetch(url).state == "new"
    assert fetcher.files() == {"csv/figures.csv": FIGURES}


def test_a_bomb_is_stopped_at_the_size_limit(web: Site, fetcher: Fetcher) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    outcome = fetcher.fetch(web.put("/figures.csv", says(bomb, Content_Encoding="gzip")), max_mib=1)
    assert (outcome.state, "at most 1 MiB" in outcome.message) == ("refused", True)
    assert fetcher.files() == {}


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_a_packing_that_was_not_asked_for_is_refused(web: Site, fetcher: Fetcher, encoding: str) -> None:
    assert fetcher.fetch(web.put("/figures.csv", says(FIGURES, Content_Encoding=encoding))).state == "refused"


def test_text_that_is_said_to_be_packed_is_refused(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(FIGURES, Content_Encoding="gzip")))
    assert "can't be unpacked" in outcome.message


def test_a_file_over_the_limit_is_refused_before_it_is_fetched(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(b"", Content_Length=str(5 * 2**20))), max_mib=2)
    assert outcome == FetchOutcome("csv", "figures.csv", "refused", "expected at most 2 MiB, got 5")


def test_a_file_over_the_limit_without_a_stated_length_is_stopped(web: Site, fetcher: Fetcher) -> None:
    def endless(request: Request) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        while not web.stop.is_set():
            request.wfile.write(b"1,2,3\n" * 10_000)

    assert fetcher.fetch(web.put("/figures.csv", endless), max_mib=1).state == "refused"
    assert fetcher.files() == {}


def test_a_right_checksum_is_taken_and_a_wrong_one_refused(web: Site, fetcher: Fetcher) -> None:
    url = web.put("/figures.csv", says(FIGURES))
    assert fetcher.fetch(url, sha256="0" * 64).message.startswith("expected SHA-256 000")
    assert fetcher.files() == {}
    assert fetcher.fetch(url, sha256=hashlib.sha256(FIGURES).hexdigest()).state == "new"


def test_a_redirect_on_the_same_host_is_followed(web: Site, fetcher: Fetcher) -> None:
    web.put("/moved.csv", says(FIGURES))
    assert fetcher.fetch(web.put("/figures.csv", says(b"", 302, Location="/moved.csv"))).state == "new"
    assert fetcher.files() == {"csv/figures.csv": FIGURES}


@pytest.mark.asvs("V13.2.4", "V15.3.2")
def test_a_redirect_to_another_host_needs_leave(web: Site, fetcher: Fetcher) -> None:
    elsewhere = web.address.replace("127.0.0.1", "localhost") + "/moved.csv"
    web.put("/moved.csv", says(FIGURES))
    url = web.put("/figures.csv", says(b"", 302, Location=elsewhere))
    assert "redirects to 'localhost'; if that is right, add it to its 'hosts'" in fetcher.fetch(url).message
    assert fetcher.fetch(url, hosts=["localhost"]).state == "new"


@pytest.mark.asvs("V1.3.6", "V15.3.2")
@pytest.mark.parametrize(
    "where", ["http://example.org/x.csv", "file:///etc/hostname", "ftp://127.0.0.1/x.csv", "https://[bad/x.csv"]
)
def test_a_redirect_to_an_unsafe_address_is_refused(web: Site, fetcher: Fetcher, where: str) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(b"", 302, Location=where)), hosts=["example.org"])
    assert outcome.state == "refused"
    assert "redirects to w" in outcome.message  # where it may not, or what is no address


def test_redirects_in_a_circle_are_left(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(b"", 302, Location="/figures.csv")))
    assert outcome.message.endswith("redirects more than 5 times")


def test_a_secret_goes_to_its_host_and_to_no_other(
    web: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_KEY", "s3cret")
    web.put("/moved.csv", says(FIGURES))
    url = web.put("/figures.csv", says(b"", 302, Location=web.address.replace("127.0.0.1", "localhost") + "/moved.csv"))
    assert fetcher.fetch(url, hosts=["localhost"], headers={"X-Key": "PORTAL_KEY"}).state == "new"
    assert [headers.get("X-Key") for _, headers, _ in web.asked] == ["s3cret", None]


def test_a_secret_does_not_follow_to_another_port_of_its_host(
    web: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_KEY", "s3cret")
    with site() as other:
        moved = other.put("/moved.csv", says(FIGURES))
        url = web.put("/figures.csv", says(b"", 302, Location=moved))
        assert fetcher.fetch(url, headers={"X-Key": "PORTAL_KEY"}).state == "new"
        assert [headers.get("X-Key") for _, headers, _ in (*web.asked, *other.asked)] == ["s3cret", None]


def test_a_secret_that_is_not_set_is_named_by_its_variable(web: Site, fetcher: Fetcher) -> None:
    outcome = fetcher.fetch(web.put("/figures.csv", says(FIGURES)), headers={"X-Key": "NOT_SET_ANYWHERE"})
    assert "the environment variable NOT_SET_ANYWHERE is not set" in outcome.message


def test_nobody_listening_is_told_as_such(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    outcome = fetcher.fetch(f"http://127.0.0.1:{free_port()}/figures.csv")
    assert (outcome.state, outcome.message) == ("not_reached", "127.0.0.1: refuses the connection")


def test_a_host_that_is_not_found_asks_for_network_or_proxy(fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    outcome = fetcher.fetch("https://nowhere.invalid/figures.csv")
    assert "no such host found. Is this machine on-line" in outcome.message


@pytest.mark.asvs("V16.5.2")
def test_one_source_that_fails_does_not_stop_the_next(web: Site, fetcher: Fetcher) -> None:
    addresses = [
        Address(**entry("csv", web.put("/a.csv", says(b"", 500)))),
        Address(**entry("frontex", web.put("/b.csv", says(FIGURES)))),
    ]
    outcomes = fetch_sources(addresses, drop=fetcher.drop, at=NOW)
    assert [o.state for o in outcomes] == ["not_reached", "new"]


def test_each_drop_folder_gets_its_own_copy(web: Site, fetcher: Fetcher, tmp_path: Path) -> None:
    url = web.put("/figures.csv", says(FIGURES, ETag="1"))
    other = Fetcher(tmp_path / "other")
    assert [f.fetch(url).state for f in (fetcher, other)] == ["new", "new"]


def test_what_is_remembered_holds_no_address(web: Site, fetcher: Fetcher) -> None:
    fetcher.fetch(web.put("/figures.csv?token=s3cret", says(FIGURES)), file="figures.csv")
    assert "s3cret" not in (fetcher.drop / ".fetched" / "csv" / "figures.csv.json").read_text()
