"""A refused part leaves its whole unknown until it is told; different counts for one figure are no copies."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.grid.cube import build_cube, totals
from pipelines.grid.encode import KnownRows, encode, grid_for
from pipelines.ingest.door.ingest import IngestReport, ingest
from pipelines.ingest.door.validate import validate
from pipelines.observations.batches import load_observations, load_quarantine
from pipelines.observations.schema import Reading
from pipelines.store.paths import Store
from pipelines.store.periods import day_numbers
from tests.regions import make_region

HEADER = "indicator,place_kind,place,nationality,period_start,period,count"
WEEK = "2026-11-02"
DAYS = [date(2026, 11, 25 + n) for n in range(4)]
REGION = make_region()


def row(nationality: str, count: object, *, place: str = "a-1", week: str = WEEK, **more: str) -> str:
    cells = ["irregular_crossings", "segment", place, nationality, week, "W", str(count), *more.values()]
    return ",".join(cells)


def take(store: Store, *rows: str, on: date = DAYS[0], more: str = "") -> IngestReport:
    path = store.root / "figures.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER + more, *rows, ""]))
    return ingest("csv", [path], region=REGION, store=store, today=on)


def total(store: Store, place: str = "a-1", *, on: date | None = None) -> tuple[float, float]:
    """The total of a segment in the week, and the share of it that was reported."""
    rows = encode(load_observations(store, "small"), REGION)
    day = None if on is None else int(day_numbers(pd.DatetimeIndex([on]))[0])
    built = build_cube(KnownRows(rows, grid_for(rows, REGION), REGION), day=day, scheduler="synchronous")
    cube = built.cube.sel(time=WEEK, indicator="irregular_crossings")
    cells = cube["segment"].to_numpy() == place
    return float(totals(cube).to_numpy()[cells].sum()), float(cube["coverage"].to_numpy()[cells].max())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize(
    "refused",
    [
        row("Atlantis", 514),  # an unknown name
        row("SYR", "many"),
        row("SYR", -3),
        row("SYR", "1e12"),
        f"{row('SYR', 9)}\n{row('SYR', 5)}",  # two counts for one figure
        row("SYR", 9, route="no such route"),
    ],
)
def test_a_total_of_which_a_part_was_refused_is_not_known(store: Store, refused: str) -> None:
    more = ",route" if "route" in refused else ""
    take(store, row("AFG", 5) + "," * bool(more), refused, more=more)
    assert total(store)[1] == 0


def test_a_whole_of_which_nothing_was_refused_is_known(store: Store) -> None:
    take(store, row("AFG", 5), row("SYR", 7), row("Atlantis", 3, place="a-2"))
    assert total(store) == (12, 1)


def test_a_published_total_stands_whatever_its_parts_are(store: Store) -> None:
    take(store, row("TOTAL", 20), row("AFG", 5), row("SYR", "many"))
    assert total(store) == (20, 1)


def test_a_total_that_was_refused_is_not_the_sum_of_its_parts(store: Store) -> None:
    take(store, row("TOTAL", "many"), row("AFG", 5), row("SYR", 7))
    assert total(store)[1] == 0


def test_a_figure_told_again_unreadably_is_a_lower_bound() -> None:
    checked = validate(
        Reading(
            pd.DataFrame(
                {
                    "indicator": "irregular_crossings",
                    "place_kind": "segment",
                    "place": "a-1",
                    "nationality": "AFG",
                    "period_start": pd.Timestamp(WEEK),
                    "period": "W",
                    "count": [5.0, -1.0],
                }
            )
        ),
        REGION,
        source="csv",
        file="figures.csv",
        today=DAYS[0],
    )
    assert checked.observations[["count", "missing_reason"]].to_numpy().tolist() == [[5, "invalid"]]


def test_a_mended_file_makes_the_total_known_and_the_past_stays_as_it_was(store: Store) -> None:
    take(store, row("AFG", 5), row("Atlantis", 514), row("SYR", "many"))
    assert total(store)[1] == 0
    report = take(store, row("AFG", 5), row("ALB", 514), row("SYR", 7), on=DAYS[1])
    assert (report.accepted, report.unchanged) == (2, 1)
    assert total(store) == (526, 1)
    assert total(store, on=DAYS[0])[1] == 0


def test_a_delivery_that_tells_only_a_part_ends_nothing(store: Store) -> None:
    take(store, row("AFG", 5), row("Atlantis", 514))
    take(store, row("SYR", 7), on=DAYS[1])
    assert total(store)[1] == 0


def test_what_is_refused_again_stays_unknown_and_is_no_news(store: Store) -> None:
    take(store, row("AFG", 5), row("Atlantis", 514))
    before = len(load_observations(store, "small"))
    take(store, row("AFG", 5), row("Atlantis", 515), on=DAYS[1])
    assert len(load_observations(store, "small")) == before
    assert total(store)[1] == 0


def test_a_part_that_the_provider_takes_out_ends_it(store: Store) -> None:
    take(store, row("AFG", 5), row("SYR", "many"))
    take(store, row("AFG", 5), on=DAYS[1])
    assert total(store) == (5, 1)


def test_of_different_counts_for_one_figure_none_is_taken(store: Store) -> None:
    report = take(store, row("AFG", 17), row("AFG", 40), row("AFG", 17), row("SYR", 7))
    reason = "3 rows with different counts for one figure. Add them up, or send the one that holds"
    assert report.files[0].reasons == ((reason, 3, 2),)
    assert load_quarantine(store, "small")["count"].tolist() == [17, 40, 17]
    assert load_observations(store, "small")["count"].sum() == 7


def test_columns_that_were_not_read_are_named_where_counts_differ() -> None:
    rows = pd.DataFrame({"period_start": [pd.Timestamp(WEEK)] * 2, "count": [1.0, 2.0]})
    fixed = {"indicator": "irregular_crossings", "place_kind": "segment", "place": "a-1", "period": "W"}
    for unread, told in (
        (("column 'demographic'", "sheet 'Notes'"), "not read: column 'demographic'. Add them up over it "),
        (("column 'sex'", "column 'age'"), "not read: column 'sex', column 'age'. Add them up over them "),
    ):
        reading = Reading(rows.assign(**fixed), unread=unread)
        refused = validate(reading, REGION, source="csv", file="t.csv", today=DAYS[0]).rejected
        assert (
            refused["reason"].tolist()
            == [
                f"2 rows with different counts for one figure; {told}"
                "('add_up_over' in a mapping file), or send the one that holds"
            ]
            * 2
        )
        assert refused["file"].tolist() == ["t.csv"] * 2


@pytest.mark.parametrize("count", ["17", "", "<5"])
def test_of_true_copies_one_is_taken(store: Store, count: str) -> None:
    report = take(store, row("AFG", count), row("AFG", count))
    assert (report.accepted, report.quarantined) == (1, 1)
    assert report.files[0].reasons == (("the same figure stands in the file twice", 1, 3),)


def test_a_count_and_a_gap_for_one_figure_are_no_copies(store: Store) -> None:
    assert take(store, row("AFG", 17), row("AFG", ""), row("SYR", 1)).quarantined == 2


def test_revisions_of_one_figure_have_days_of_their_own(store: Store) -> None:
    report = take(store, row("AFG", 17, as_of="2026-11-10"), row("AFG", 40, as_of="2026-11-17"), more=",as_of")
    assert (report.accepted, report.quarantined) == (2, 0)


def test_what_the_door_adds_counts_as_no_row(store: Store) -> None:
    report = take(store, row("AFG", 5), row("SYR", "many"))
    assert (report.accepted, report.unchanged, report.quarantined) == (1, 0, 1)
    added = load_observations(store, "small").query("missing_reason == 'invalid'")
    assert added[["nationality", "place"]].to_numpy().tolist() == [["SYR", "a-1"]]
    assert np.isnan(added["count"].iloc[0])
