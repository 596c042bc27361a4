"""IOM's layouts over the years, to the last count; an incident counts once, and only sums are kept."""

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.pack.load import load_region
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store

# headings are IOM's, the incidents are made up
OF_2019 = (
    "Web ID,Region of Incident,Reported Date,Reported Year,Reported Month,Number Dead,"
    "Minimum Estimated Number of Missing,Total Dead and Missing,Location Description,Location Coordinates,"
    "Migration Route\n"
)
OF_2023 = (
    "Main ID,Incident ID,Incident Type,Incident Date,Incident Year,Month,Number of Dead,"
    "Minimum Estimated Number of Missing,Total Number of Dead and Missing,Country of Origin,Coordinates,"
    "Migration Route\n"
)
OF_2026 = (
    '"Main ID","Incident ID",Region,"Incident Date",Year,"Reported Month","Number Dead",'
    '"Minimum Estimated Number of Missing","Location of death",Coordinates,"Migration route"\n'
)
CENTRAL, WEST = "Central Mediterranean", "Western Mediterranean"


def take(path: Path, region: str = "eu_routes") -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was kept, and what was refused."""
    store = Store(path.parent / "store")
    ingest("missing_migrants", [path], region=load_region(region), store=store, today=date(2026, 11, 23))
    return load_observations(store, region), load_quarantine(store, region)


def table(folder: Path, *lines: str) -> Path:
    (folder / "incidents.csv").write_text("\n".join(line.strip("\n") for line in lines) + "\n", encoding="utf-8")
    return folder / "incidents.csv"


def months(figures: pd.DataFrame) -> dict[str, float]:
    """Sum of each month."""
    return figures.groupby(figures["period_start"].dt.strftime("%Y-%m"))["count"].sum().to_dict()


def in_2026(number: int, day: str, dead: str, missing: str = "0", point: str = '"35.1, 14.2"') -> str:
    return f'2026.X{number},2026.X{number}1,Mediterranean,"{day}",2026,,{dead},{missing},"At sea",{point},"{CENTRAL}"'


def test_layout_of_2019_is_taken_with_its_thousands(tmp_path: Path) -> None:
    rows = (
        f'1,Mediterranean,9-Jul-19,2019,Jul,1,,1,At sea,"35.1, 14.2",{CENTRAL}',
        f'2,Mediterranean,1-Feb-19,2019,Feb,2,"1,020","1,022",At sea,"36.0, -5.3",{WEST}',
    )
    kept, refused = take(table(tmp_path, OF_2019, *rows))
    assert (months(kept), len(refused)) == ({"2019-02": 1022.0, "2019-07": 1.0}, 0)


def test_layout_of_2023_is_taken(tmp_path: Path) -> None:
    rows = (
        f'2023.M1,2023.M11,Incident,2023-03-05,2023,March,2,3,5,Unknown,"35.1, 14.2",{CENTRAL}',
        f'2023.M1,2023.M12,Split Incident,2023-04-01,2023,April,1,,1,Unknown,"35.1, 14.2",{CENTRAL}',
    )
    kept, refused = take(table(tmp_path, OF_2023, *rows))
    assert (months(kept), len(refused)) == ({"2023-03": 5.0, "2023-04": 1.0}, 0)


def test_layout_of_2026_is_taken_and_dead_and_missing_are_added(tmp_path: Path) -> None:
    rows = in_2026(1, "Thu, 01/01/2026 - 12:00", "1"), in_2026(2, "Tue, 02/10/2026 - 12:00", "", "4")
    kept, refused = take(table(tmp_path, OF_2026, *rows))
    assert (months(kept), len(refused)) == ({"2026-01": 1.0, "2026-02": 4.0}, 0)


def test_the_same_as_a_workbook_is_taken(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(OF_2026.replace('"', "").strip().split(","))
    day = pd.Timestamp("2026-01-31").to_pydatetime()
    book.active.append(
        ["2026.X1", "2026.X11", "Mediterranean", day, 2026, "January", 3, 4, "At sea", "35.1, 14.2", WEST]
    )
    book.save(tmp_path / "incidents.xlsx")
    kept, refused = take(tmp_path / "incidents.xlsx")
    assert (months(kept), len(refused)) == ({"2026-01": 7.0}, 0)


def test_points_are_read_from_one_cell(tmp_path: Path) -> None:
    """A point in the Adriatic's hinterland, near Subotica; a week from Monday 2 February 2026."""
    kept, _ = take(table(tmp_path, OF_2026, in_2026(1, "02/03/2026", "2", point='"46.14, 19.66"')), "western_balkans")
    assert kept[["lat", "lon", "count"]].to_numpy().tolist() == [[46.1, 19.7, 2.0]]
    assert kept["period_start"].tolist() == [pd.Timestamp("2026-02-02")]


def test_incidents_of_one_event_all_count(tmp_path: Path) -> None:
    """`Main ID` joins the incidents of one event; `Incident ID` is the one that is unique."""
    rows = [in_2026(1, f"04/{day}/2026", "4").replace("2026.X11", f"2026.X1{day}") for day in (18, 19, 21)]
    kept, refused = take(table(tmp_path, OF_2026, *rows))
    assert (kept["count"].sum(), len(refused)) == (12, 0)


def test_an_incident_that_stands_twice_counts_once(tmp_path: Path) -> None:
    row = in_2026(1, "04/18/2026", "4")
    kept, refused = take(table(tmp_path, OF_2026, row, row))
    assert kept["count"].sum() == 4
    assert refused[["line", "reason", "count"]].to_numpy().tolist() == [
        [3, "the same incident stands in the file twice", 4.0]
    ]


def test_an_incident_told_in_two_ways_is_not_counted_and_its_sum_is_a_lower_bound(tmp_path: Path) -> None:
    rows = in_2026(1, "04/18/2026", "4"), in_2026(1, "04/18/2026", "6"), in_2026(2, "04/20/2026", "1")
    kept, refused = take(table(tmp_path, OF_2026, *rows))
    assert kept[["count", "missing_reason"]].to_numpy().tolist() == [[1.0, "invalid"]]
    assert refused["count"].sum() == 10


def test_with_a_main_id_alone_rows_that_differ_are_incidents_of_one_event(tmp_path: Path) -> None:
    head = "Main ID,No. dead/missing,Latitude,Longitude,incident_date_clean,Route\n"
    rows = [f"2026.X1,{n},35.1,14.2,2026-04-18,{CENTRAL}" for n in (4, 5, 5)]
    kept, refused = take(table(tmp_path, head, *rows))
    assert (kept["count"].sum(), refused["line"].tolist()) == (9, [4])
    assert kept["missing_reason"].isna().all()


@pytest.mark.parametrize("spoilt", ["several", "-1", "5000000000"])
def test_a_refused_incident_leaves_its_places_sum_a_lower_bound(tmp_path: Path, spoilt: str) -> None:
    """January of the route is at least 1; February, of which nothing was refused, is 2."""
    rows = in_2026(1, "01/01/2026", spoilt), in_2026(2, "01/02/2026", "1"), in_2026(3, "02/02/2026", "2")
    kept, _ = take(table(tmp_path, OF_2026, *rows))
    by_month = kept.sort_values("period_start")
    assert by_month["count"].tolist() == [1.0, 2.0]
    assert by_month["missing_reason"].fillna("").tolist() == ["invalid", ""]


def test_a_part_that_is_no_number_makes_no_sum(tmp_path: Path) -> None:
    kept, refused = take(
        table(tmp_path, OF_2026, in_2026(1, "01/01/2026", "3", "several"), in_2026(2, "01/02/2026", "1"))
    )
    assert kept["count"].sum() == 1
    assert refused["reason"].tolist() == ["count is not a number"]


def test_neither_dead_nor_missing_is_no_zero(tmp_path: Path) -> None:
    kept, refused = take(table(tmp_path, OF_2026, in_2026(1, "01/01/2026", "", ""), in_2026(2, "01/02/2026", "1")))
    assert (kept["count"].tolist(), refused["line"].tolist()) == ([1.0], [2])


@pytest.mark.parametrize("other", ['"25/02/2026",2026,February', '"02/03/2026",2026,March'])
def test_dates_with_the_day_first_are_not_guessed(tmp_path: Path, other: str) -> None:
    """The second row shows that the day stands first: then the first row's 1 February may be 2 January."""
    day_first = in_2026(2, "x", "5").replace('"x",2026,', other)
    plain = in_2026(3, "2026-05-05", "1")
    kept, refused = take(table(tmp_path, OF_2026, in_2026(1, "02/01/2026", "1"), day_first, plain))
    assert (months(kept), refused["line"].tolist()) == ({"2026-05": 1.0}, [2, 3])
    assert set(refused["reason"]) == {"dates are not all month/day/year, as IOM writes them: write YYYY-MM-DD"}


def test_year_and_month_alone_are_a_month(tmp_path: Path) -> None:
    row = in_2026(1, "", "6").replace(",2026,,", ",2026,April,")
    kept, _ = take(table(tmp_path, OF_2026, row), "western_balkans")
    assert kept[["period", "period_start"]].to_numpy().tolist() == [["M", pd.Timestamp("2026-04-01")]]


def test_a_table_without_numbers_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = table(tmp_path, "Incident ID,Incident Date,Coordinates\n", 'X,2026-01-01,"35.1, 14.2"')
    with pytest.raises(DataRefusedError, match=r"expected the number of dead and missing, 'no\. dead/missing' or"):
        take(path)
