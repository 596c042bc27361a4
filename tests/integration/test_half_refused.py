"""A file of which much of the count was refused: every way out says so, and the mended file ends it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.editions.edition import Edition, open_edition
from pipelines.jobs.doctor import check_files
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.regions import write_pack

HEADER = "indicator,place_kind,place,nationality,period_start,period,count,sex"
MONTHS = pd.date_range("2021-01-01", periods=36, freq="MS")
LAST = MONTHS[-12:]
pytestmark = pytest.mark.xdist_group("half refused")


def figures(other: str, *, unreadable: str = "") -> str:
    """Each month 100 of one nationality and 50 of a second one, named otherwise in the last year.

    In the last month the count of a third one may be unreadable.
    """
    rows = [
        f"irregular_crossings,segment,yuma,{name},{month:%Y-%m-%d},M,{count},all"
        for month in MONTHS
        for name, count in (("AFG", 100 + month.month), (other if month in LAST else "ALB", 50))
    ]
    last = f"irregular_crossings,segment,yuma,SYR,{MONTHS[-1]:%Y-%m-%d},M,{unreadable or 7},all"
    return "\n".join([HEADER, *rows, last, ""])


class House:
    """A store, its pack, and what the commands said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.common = ["--region", str(write_pack(folder / "my_region")), "--store", str(folder / "store")]
        self.store = Store(folder / "store")

    def ingest(self, text: str) -> int:
        path = self.folder / "figures.csv"
        path.write_text(text)
        return run_command(["ingest", "csv", str(path), *self.common])

    def run(self) -> int:
        return run_command(["run", *self.common, "--horizon", "1", "--workers", "1"])

    @property
    def edition(self) -> Edition:
        return open_edition(self.store, "my_region")


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("half"))
    assert house.ingest(figures("Atlantis", unreadable="many")) == 4
    assert house.run() == 4
    return house


def test_the_edition_says_what_was_refused_and_not_read(half: House) -> None:
    (file,) = half.edition.quality["files"]
    taken = sum(100 + m.month for m in MONTHS) + 24 * 50
    assert (file["taken"], file["refused"], file["refused_rows"], file["unreadable_rows"]) == (taken, 600, 13, 1)
    assert file["much_refused"]
    mean = (taken + 600) / 72
    assert file["refused_share"] == pytest.approx((600 + mean) / (taken + 600 + mean))


def test_the_account_counts_rows_and_counts(half: House) -> None:
    (entry,) = half.edition.manifest["conservation"]
    assert (entry["quarantined"], entry["refused_rows"], entry["unreadable_rows"]) == (600, 13, 1)
    assert entry["counted_in"] == entry["on_grid"] + 600


def test_no_month_of_which_a_part_was_refused_is_known(half: House) -> None:
    history = half.edition.forecast["history"].sel(unit="segment:yuma", indicator="irregular_crossings")
    known = history["time"].to_numpy()[np.isfinite(history.to_numpy()).ravel()]
    assert known.tolist() == MONTHS[:-12].to_numpy().tolist()


def test_the_briefing_says_so(half: House) -> None:
    text = (half.edition.folder / "briefing.html").read_text(encoding="utf-8")
    assert "Much of the count of figures.csv" in text
    assert "the count of 1 of them can" in text


def test_doctor_warns_and_says_what_to_do(half: House) -> None:
    finding = check_files(half.store, "my_region")
    assert (finding.state, "figures.csv" in finding.seen) == ("warn", True)
    assert "send the whole file again under the same name" in finding.advice


def test_weekly_ends_with_4_as_well(half: House) -> None:
    assert run_command(["weekly", *half.common, "--no-fetch", "--horizon", "1", "--workers", "1"]) == 4


def test_the_mended_file_ends_it_and_a_row_of_no_known_indicator_stays_in_the_account(half: House) -> None:
    stray = "visits,segment,yuma,AFG,2023-01-01,M,12,all\n"
    assert half.ingest(figures("ALB") + stray) == 0
    assert half.run() == 0
    assert check_files(half.store, "my_region").state == "ok"
    history = half.edition.forecast["history"].sel(unit="segment:yuma", indicator="irregular_crossings")
    assert float(history.isel(time=-1, nationality=0)) == 100 + MONTHS[-1].month + 50 + 7
    rows = {c["indicator"]: c["quarantined"] for c in half.edition.manifest["conservation"]}
    assert rows[""] == 12
