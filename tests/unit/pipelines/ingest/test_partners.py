"""Partners' forecasts: the door, the store, and what each cutoff may hear."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecasting.members.run_members import Members
from pipelines.forecasts.member_tasks import AtCutoff
from pipelines.forecasts.partner_members import partner_summary, with_partners
from pipelines.ingest.partners.store import PartnerForecast, load_partners, take_partner
from pipelines.observations.batches import input_checksums, list_inputs
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.histories import make_history, make_quantiles
from tests.hub_files import hub_table, write_hub_file
from tests.regions import make_region

TODAY = date(2026, 11, 17)
UNITS = {"total": 30.0, "border:AAA-BBB": 20.0, "segment:a-1": 9.0}


def take(tmp_path: Path, *paths: Path, today: date = TODAY, team: str | None = None) -> list[PartnerForecast]:
    store = Store(tmp_path / "store")
    take_partner(list(paths), region=make_region(), store=store, today=today, team=team)
    return load_partners(store, "small", as_of=None)


def refusal(tmp_path: Path, path: Path) -> str:
    """Why a file is refused; nothing of it may be kept."""
    with pytest.raises(DataRefusedError) as caught:
        take(tmp_path, path)
    assert not (tmp_path / "store").exists()
    return str(caught.value)


@pytest.mark.parametrize("name", ["2026-11-09-agency-model.csv", "2026-11-09-agency-model.parquet"])
def test_hub_file_is_kept_with_its_quantiles_and_day_of_receipt(tmp_path: Path, name: str) -> None:
    table = hub_table({"a-1": 9.0, "border:AAA-BBB": 20.0})
    (kept,) = take(tmp_path, write_hub_file(tmp_path, table, name=name))
    assert (kept.member, kept.origin_date, kept.received) == (
        "partner:agency-model",
        pd.Timestamp("2026-11-09"),
        pd.Timestamp(TODAY),
    )
    assert sorted(kept.table["value"]) == pytest.approx(sorted(table["value"]))


def test_samples_beside_quantiles_are_not_read_and_said_so(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0})
    samples = table.assign(output_type="sample", output_type_id="s001")
    path = write_hub_file(tmp_path, pd.concat([table, samples], ignore_index=True))
    store = Store(tmp_path / "store")
    (told,) = take_partner([path], region=make_region(), store=store, today=TODAY)
    assert told.endswith(f"; {len(samples)} samples were not read")
    (kept,) = load_partners(store, "small", as_of=None)
    assert len(kept.table) == len(table)


def test_sums_beside_quantiles_are_not_read_and_said_so(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0})
    sums = table.assign(target=table["target"] + " sum over 3 months")
    path = write_hub_file(tmp_path, pd.concat([table, sums], ignore_index=True))
    (told,) = take_partner([path], region=make_region(), store=Store(tmp_path / "store"), today=TODAY)
    assert told.endswith(f"; {len(sums)} quantiles of sums were not read")


def test_sum_of_no_indicator_of_the_region_is_refused(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0})
    other = table.assign(target="something sum over 3 months")
    assert "target" in refusal(tmp_path, write_hub_file(tmp_path, pd.concat([table, other], ignore_index=True)))


def test_a_file_of_samples_alone_is_refused(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0}).assign(output_type="sample", output_type_id="s001")
    assert "got samples alone" in refusal(tmp_path, write_hub_file(tmp_path, table))


def test_a_column_named_as_our_own_number_of_the_row_is_none_of_a_hubs(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0}).assign(line="Mira Markova")
    assert "not known: column 'line'" in refusal(tmp_path, write_hub_file(tmp_path, table))


def test_dates_and_levels_may_be_typed(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0})
    dates = {c: pd.to_datetime(table[c]).dt.date for c in ("origin_date", "target_end_date")}
    typed = table.assign(**dates, output_type_id=table["output_type_id"].astype(float), nationality="TOTAL")
    typed["location"] = typed["location"].astype("category")
    (kept,) = take(tmp_path, write_hub_file(tmp_path, typed, name="2026-11-09-agency-model.parquet"))
    assert len(kept.table) == len(table)


def test_whole_hub_is_read_by_its_folder(tmp_path: Path) -> None:
    for model in ("one", "two"):
        write_hub_file(
            tmp_path / "hub" / "model-output" / model, hub_table({"a-1": 9.0}), name=f"2026-11-09-agency-{model}.csv"
        )
    write_hub_file(tmp_path / "hub" / "target-data", hub_table({"a-1": 9.0}), name="time-series.csv")
    assert [f.member for f in take(tmp_path, tmp_path / "hub")] == ["partner:agency-one", "partner:agency-two"]


def test_team_can_be_named_anew(tmp_path: Path) -> None:
    (kept,) = take(tmp_path, write_hub_file(tmp_path, hub_table({"a-1": 9.0})), team="neighbour")
    assert kept.member == "partner:neighbour-model"


def changed(column: str, value: object, *, row: int = 3) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A change of one cell; row 3 is line 5 of a CSV."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype({column: object})
        table.loc[row, column] = value
        return table

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (changed("output_type", "mean"), "1 × output_type is not 'quantile', the only one that is read"),
        (changed("origin_date", "soon"), "origin_date is no date"),
        (changed("origin_date", "2026-11-02"), "origin_date is not 2026-11-09, as the file's name says"),
        (changed("target", "crossings"), "unknown target 'crossings'; nearest: irregular_crossings"),
        (changed("location", "a-7"), "unknown location 'a-7'; nearest: a-2, a-1"),
        (changed("location", "segment:a-1"), "unknown location 'segment:a-1'"),
        (changed("horizon", 1.5), "horizon is no whole number from 1 to 52"),
        (changed("horizon", 0), "horizon is no whole number from 1 to 52"),
        (changed("target_end_date", "2026-11-23"), "target_end_date is not the last day"),
        (changed("target_end_date", ""), "target_end_date is no date"),
        (changed("output_type_id", 0.33), "output_type_id is none of the 23 levels"),
        (changed("value", np.inf), "value is no finite number"),
        (changed("value", "many"), "value is no finite number"),
        (changed("value", ""), "value is no finite number"),
        (changed("value", -1.0), "value is negative"),
        (changed("value", 0.5), "value is lower than that of the level before"),
        (changed("output_type_id", 0.05), "the same quantile stands in the file twice"),
    ],
)
def test_wrong_row_is_refused_with_file_row_and_reason(
    tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], expected: str
) -> None:
    said = refusal(tmp_path, write_hub_file(tmp_path, change(hub_table({"a-1": 9.0}))))
    assert said.startswith("2026-11-09-agency-model.csv: expected hub quantiles, 1 of 46 rows are not: 1 × ")
    assert expected in said
    assert "(first in row 5)" in said


@pytest.mark.parametrize(
    ("levels", "expected"),
    [((0.25, 0.75), "fewer than 3 levels"), ((0.8, 0.9, 0.95), "lie on one side of the median only")],
)
def test_too_few_levels_are_refused(tmp_path: Path, levels: tuple[float, ...], expected: str) -> None:
    assert expected in refusal(tmp_path, write_hub_file(tmp_path, hub_table({"a-1": 9.0}, levels=levels)))


def test_origin_date_must_be_the_first_day_of_a_period_and_past(tmp_path: Path) -> None:
    tuesday = write_hub_file(
        tmp_path, hub_table({"a-1": 9.0}, origin_date="2026-11-10"), name="2026-11-10-agency-model.csv"
    )
    assert "origin_date is not a Monday" in refusal(tmp_path, tuesday)
    ahead = write_hub_file(
        tmp_path, hub_table({"a-1": 9.0}, origin_date="2026-11-23"), name="2026-11-23-agency-model.csv"
    )
    assert "origin_date lies in the future" in refusal(tmp_path, ahead)


def test_forecasts_by_nationality_are_refused(tmp_path: Path) -> None:
    path = write_hub_file(tmp_path, hub_table({"a-1": 9.0}).assign(nationality="SYR"))
    assert "nationality is not TOTAL" in refusal(tmp_path, path)


@pytest.mark.parametrize("name", ["forecast.csv", "2026-13-45-agency-model.csv", "2026-11-09-agency.csv"])
def test_name_must_be_the_hubs(tmp_path: Path, name: str) -> None:
    assert "expected a name like" in refusal(tmp_path, write_hub_file(tmp_path, hub_table({"a-1": 9.0}), name=name))


def test_columns_must_be_the_hubs(tmp_path: Path) -> None:
    table = hub_table({"a-1": 9.0}).rename(columns={"value": "result"})
    name = "2026-11-09-agency-model.parquet"
    said = refusal(tmp_path, write_hub_file(tmp_path, table, name=name))
    assert "missing: value" in said
    assert "not known: 'result'" in said


@pytest.mark.parametrize("name", ["2026-11-09-agency-model.csv", "2026-11-09-agency-model.parquet"])
@pytest.mark.parametrize(("column", "value"), [("surname", "x"), ("passport", "P01X00T47")])
def test_person_level_fields_are_refused(tmp_path: Path, name: str, column: str, value: str) -> None:
    said = refusal(tmp_path, write_hub_file(tmp_path, hub_table({"a-1": 9.0}).assign(**{column: value}), name=name))
    assert f"person-level fields: '{column}'" in said
    assert value not in said.replace("expected", "") or value == "x"


def test_damaged_and_nested_parquet_files_are_refused(tmp_path: Path) -> None:
    path = write_hub_file(tmp_path, hub_table({"a-1": 9.0}), name="2026-11-09-agency-model.parquet")
    nested = pa.Table.from_pandas(hub_table({"a-1": 9.0})).append_column("unit", pa.array([[1]] * 46))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "can't be read" in refusal(tmp_path, path)
    pq.write_table(nested, path)
    assert "got lists in 'unit'" in refusal(tmp_path, path)


def test_no_file_is_taken_when_one_of_them_is_wrong(tmp_path: Path) -> None:
    good = write_hub_file(tmp_path / "good", hub_table({"a-1": 9.0}))
    bad = write_hub_file(tmp_path / "bad", changed("value", -1.0)(hub_table({"a-1": 9.0})))
    with pytest.raises(DataRefusedError, match="value is negative"):
        take(tmp_path, good, bad)
    assert load_partners(Store(tmp_path / "store"), "small", as_of=None) == []


def test_same_file_again_changes_nothing_and_a_corrected_one_is_a_changed_input(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = write_hub_file(tmp_path, hub_table({"a-1": 9.0}))
    assert len(take(tmp_path, path)) == len(take(tmp_path, path)) == 1
    (before,) = [v for k, v in input_checksums(store, "small").items() if k.startswith("partners/")]
    assert [e["source"] for e in list_inputs(store, "small")] == ["hub"]
    write_hub_file(tmp_path, hub_table({"a-1": 10.0}))
    assert len(take(tmp_path, path)) == 2
    assert before in input_checksums(store, "small").values()
    assert len(input_checksums(store, "small")) == 2


def test_day_of_the_run_knows_only_what_was_received_by_then(tmp_path: Path) -> None:
    take(tmp_path, write_hub_file(tmp_path, hub_table({"a-1": 9.0})))
    store = Store(tmp_path / "store")
    assert load_partners(store, "small", as_of=date(2026, 11, 16)) == []
    assert len(load_partners(store, "small", as_of=TODAY)) == 1


def cutoff(origin_date: str, indicator: str = "irregular_crossings") -> AtCutoff:
    history = make_history({u: np.full(30, m) for u, m in UNITS.items()}, freq="W", end=origin_date)
    ours = make_quantiles(UNITS, horizon=3, member="baseline")
    return AtCutoff(pd.Timestamp(origin_date), history.assign_attrs(indicator=indicator), Members(ours, []), None, True)


def partner(received: str, median: float = 9.0, **options: object) -> PartnerForecast:
    table = hub_table({"a-1": median}, **options)  # type: ignore[arg-type]
    typed = table.assign(level=table["output_type_id"].astype(float))
    return PartnerForecast("partner:agency-model", pd.Timestamp("2026-11-09"), pd.Timestamp(received), typed)


def spoken(at: AtCutoff, unit: str = "segment:a-1") -> np.ndarray:
    """Medians of the partner (horizon,)."""
    return at.members.quantiles.sel(member="partner:agency-model", unit=unit, quantile=0.5).to_numpy()


def test_partner_speaks_only_at_its_own_cutoff() -> None:
    before, at = with_partners([cutoff("2026-11-02"), cutoff("2026-11-09")], [partner("2026-11-17")])
    assert list(before.members.quantiles["member"].to_numpy()) == ["baseline"]
    assert list(at.members.quantiles["member"].to_numpy()) == ["baseline", "partner:agency-model"]


def test_partner_speaks_only_for_what_it_gives() -> None:
    (at,) = with_partners([cutoff("2026-11-09")], [partner("2026-11-17")])
    np.testing.assert_allclose(spoken(at), [9.0, 9.0, np.nan])
    assert np.isnan(spoken(at, "total")).all()
    (other,) = with_partners([cutoff("2026-11-09", "smuggling_cases")], [partner("2026-11-17")])
    assert list(other.members.quantiles["member"].to_numpy()) == ["baseline"]


def test_missing_levels_are_interpolated_and_said_to_be() -> None:
    few = partner("2026-11-17", levels=(0.25, 0.5, 0.75))
    full = partner("2026-11-17")
    at, whole = (with_partners([cutoff("2026-11-09")], [f])[0].members.quantiles[1, 2, 0] for f in (few, full))
    np.testing.assert_allclose(at, whole)
    assert partner_summary([few], "W")[0]["levels_interpolated"] is True
    assert partner_summary([full], "W")[0]["levels_interpolated"] is False


def test_late_forecast_is_marked_and_left_out_where_vintages_are_strict() -> None:
    late, in_time = partner("2026-11-23"), partner("2026-11-22")
    assert with_partners([cutoff("2026-11-09")], [late])[0].late == {"partner:agency-model"}
    assert with_partners([cutoff("2026-11-09")], [in_time])[0].late == frozenset()
    (strict,) = with_partners([cutoff("2026-11-09")], [late], strict_vintages=True)
    assert list(strict.members.quantiles["member"].to_numpy()) == ["baseline"]
    assert partner_summary([late, in_time], "W")[0]["received_late"] == 1


def test_of_several_versions_the_newest_in_time_counts_and_else_the_first() -> None:
    first, second, late, later = (
        partner(day, median)
        for day, median in [("2026-11-17", 1.0), ("2026-11-18", 2.0), ("2026-11-24", 3.0), ("2026-12-24", 4.0)]
    )
    (at,) = with_partners([cutoff("2026-11-09")], [first, second, late])
    assert spoken(at)[0] == pytest.approx(2.0)
    (at,) = with_partners([cutoff("2026-11-09")], [late, later])
    assert spoken(at)[0] == pytest.approx(3.0)
