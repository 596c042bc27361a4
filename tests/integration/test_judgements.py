"""From stated to heard: judgements entered before the outcome, the edition that follows scores them and weighs them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipelines.editions.edition import Edition, open_edition
from pipelines.store.paths import Store
from records.database import Database, open_database
from records.judgements import StatedJudgement, judgement_history, state_judgement
from routecast.cli import run_command
from tests.regions import write_pack
from tests.small_runs import PACK, RUN, write_small_region

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("judgements")]  # whole runs
CUTOFFS = pd.to_datetime([f"{year}-{month:02d}-01" for year in (2021, 2022) for month in (1, 5, 9)])
LIVE = pd.Timestamp("2022-12-01")
AS_OF = date(2023, 1, 10)


def state(database: Database, one: StatedJudgement, day: date) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    state_judgement(database, "pack", one, ends=month_end(one.period), reported_until=None, now=now)


def month_end(day: date) -> date:
    return (pd.Timestamp(day) + pd.offsets.MonthEnd(0)).date()


def judgements(counts: pd.Series) -> Iterator[tuple[StatedJudgement, date]]:
    """At each cutoff and the newest: Ana knows, Ben does not, two of a desk differ."""
    for cutoff in [*CUTOFFS, LIVE]:
        for place in ("a", "b"):
            for month in pd.date_range(cutoff, periods=3, freq="MS")[1:]:
                truth = counts.get((place, month), 70.0)
                one = StatedJudgement(
                    "irregular_crossings", f"segment:{place}", month.date(), 0, 0, 0, "why", "", user="x"
                )
                said = {"ana": (1.0, ""), "ben": (4.0, ""), "carl": (0.8, "desk"), "dora": (1.4, "desk")}
                for owner, (factor, group) in said.items():
                    low, middle, high = (truth * factor * f for f in (0.95, 1.0, 1.05))
                    numbers = {"q10": low, "q50": middle, "q90": high}
                    yield replace(one, owner=owner, group=group, **numbers), month_end(cutoff.date())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = write_small_region(tmp_path_factory.mktemp("judgements"))
    write_pack(folder / "pack", PACK)
    figures = pd.read_csv(folder / "figures.csv", parse_dates=["period_start"])
    # a course that no model can know
    figures["count"] = 40 + (figures["period_start"].dt.year * 31 + figures["period_start"].dt.month * 53) ** 2 % 61
    figures.to_csv(folder / "figures.csv", index=False)
    made = Store(folder / "store")
    database = open_database(made.database)
    for one, day in judgements(figures.set_index(["place", "period_start"])["count"].astype(float)):
        state(database, one, day)
    late = StatedJudgement("irregular_crossings", "segment:a", date(2023, 1, 1), 1, 2, 3, "why", "eva", user="eva")
    state(database, late, AS_OF + timedelta(days=1))
    place = ["--region", str(folder / "pack"), "--store", str(made.root)]
    assert run_command(["ingest", "csv", str(folder / "figures.csv"), *place]) == 0
    assert run_command([*RUN, "--as-of", f"{AS_OF}", *place]) == 0
    return made


@pytest.fixture(scope="module")
def edition(store: Store) -> Edition:
    return open_edition(store, "pack")


def test_judgements_are_scored_beside_the_models(edition: Edition) -> None:
    scores = edition.scores
    mine = scores[scores["model"].str.startswith("judgement:")]
    assert set(mine["model"]) == {"judgement:ana", "judgement:ben", "judgement:desk"}
    assert set(mine["location"]) == {"a", "b"}  # segments alone were spoken of
    assert mine.groupby("model").size().tolist() == [len(CUTOFFS) * 4] * 3
    errors = scores[scores["location"].isin(["a", "b"])].groupby("model")["wis_log1p"].mean()
    assert errors["judgement:ana"] < errors["baseline"] < errors["judgement:ben"]


def test_one_that_was_good_earns_its_weight_and_one_that_was_not_is_not_heard(edition: Edition) -> None:
    weights = edition.table("judged").groupby("member")["weight"].max()
    assert weights["judgement:ana"] > 0.3
    assert weights["judgement:ben"] == 0
    assert set(edition.table("judged")["unit"]) == {"segment:a", "segment:b"}


def test_what_was_stated_after_the_runs_day_does_not_enter(store: Store, edition: Edition) -> None:
    assert "eva" in {j.owner for j in judgement_history(open_database(store.database), "pack")}
    assert not any("judgement:eva" in m for m in edition.manifest["members"]["irregular_crossings"]["segment"])
    assert "judgement:eva" not in set(edition.forecasts["model_id"])


def test_file_is_taken_row_by_row_and_bad_rows_are_named(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    this_month = datetime.now(tz=UTC).date().replace(day=1)
    rows = [
        f"irregular_crossings,segment:a,{this_month},30,40,60,road opens,desk",
        f"irregular_crossings,segment:c,{this_month},30,40,60,road opens,",
        f"crossings,segment:a,{this_month},30,40,60,road opens,",
        f"irregular_crossings,segment:a,{this_month},30,20,60,road opens,",
        f"irregular_crossings,segment:a,{this_month},thirty,40,60,road opens,",
        f"irregular_crossings,segment:a,{this_month},30,40,60,,",
        "irregular_crossings,segment:a,2022-12-01,30,40,60,road opens,",
        "irregular_crossings,segment:a,2022-12-02,30,40,60,road opens,",
    ]
    file = tmp_path / "said.csv"
    file.write_text("indicator,unit,period,q10,q50,q90,reason,group\n" + "\n".join(rows) + "\n", encoding="utf-8")
    place = ["--region", str(store.root.parent / "pack"), "--store", str(store.root)]
    capsys.readouterr()
    assert run_command(["judgements", "ingest", str(file), "--owner", "fay", *place]) == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "said.csv: 1 taken, 7 refused." in said
    for line, reason in {
        3: "expected unit of the region's pack, got 'segment:c'. Write one such as",
        4: "expected indicator of the region's pack",
        5: "expected 10 % ≤ 50 % ≤ 90 %",
        6: "expected three counts of 0 or more",
        7: "expected a reason and an owner",
        8: "expected a period that is not over",
        9: "expected period as the first of a month",
    }.items():
        assert f"line {line}: {reason}" in said
    (kept,) = [j for j in judgement_history(open_database(store.database), "pack") if j.owner == "fay"]
    assert (kept.period, kept.q50, kept.speaker) == (this_month, 40.0, "desk")
    assert kept.user != "fay"


def test_partners_and_the_public_get_nothing_of_judgements(store: Store, edition: Edition) -> None:
    place = ["--region", str(store.root.parent / "pack"), "--store", str(store.root)]
    assert run_command(["editions", "approve", edition.id, "--note", "looked at", *place]) == 0
    derived = [Edition(path.parent) for path in (store.root / "profiles").rglob("manifest.json")]
    assert {e.manifest["profile"] for e in derived} == {"partner", "public"}
    for one in derived:
        files = [p for p in one.folder.rglob("*") if p.is_file()]
        assert not any(b"judgement:" in p.read_bytes() for p in files)
        assert one.table("judged").empty
        for name in ("forecasts", "scores"):
            assert not one.table(name).astype(str).apply(lambda c: c.str.contains("judgement")).any(axis=None)
