"""Editions for partners and the public: approved by a person, derived, sealed, and holding no more than they may."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.attack import independent
from benchmarks.attack.bounds import Bound, attack
from benchmarks.attack.histories import pack_members, read_published
from benchmarks.attack.store import attack_store
from geo.pack.load import load_region
from geo.region.disclosure import LEVELS
from pipelines.editions.edition import EditionError, open_edition
from pipelines.publish.disclosure.derive import grid_of
from pipelines.publish.release.approval import withdraw
from pipelines.publish.release.profiles import approvals, derived_editions, list_profile, lost_derived, open_profile
from pipelines.store.checksums import DamagedError
from pipelines.store.ledger import enter_new
from pipelines.store.paths import Store
from records.database import open_database
from records.decisions import add_event
from routecast.cli import run_command
from tests.disclosure import approve_small, move_withheld, revise
from tests.editions import write_edition

REGION, ID = "western_balkans", "2026-W46"
LATER, WIDTH = date(2027, 1, 31), 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    write_edition(folder, seed=3, n_segments=14, indicators=("irregular_crossings",))
    approve_small(Store(folder), ID)
    return Store(folder)


def test_open_profile_refuses_a_draft_and_says_how_it_is_approve_small(tmp_path: Path) -> None:
    write_edition(tmp_path)
    with pytest.raises(EditionError, match="once it is approved"):
        open_profile(Store(tmp_path), REGION, ID, "partner", today=LATER)
    assert open_profile(Store(tmp_path), REGION).id == ID


def test_open_profile_refuses_a_profile_that_there_is_not(store: Store) -> None:
    with pytest.raises(EditionError, match="There are: internal, partner, public"):
        open_profile(store, REGION, ID, "press")


def test_approve_needs_a_note_and_an_editions_own_id(tmp_path: Path) -> None:
    write_edition(tmp_path)
    for edition_id, note, told in ((ID, " ", "expected a note"), ("latest", "fine", "got 'latest'")):
        with pytest.raises(EditionError, match=told):
            approve_small(Store(tmp_path), edition_id, note=note)


def test_nothing_is_approved_where_what_was_shown_before_is_gone(tmp_path: Path) -> None:
    write_edition(tmp_path)
    store = Store(tmp_path)
    shown = store.shown(REGION) / "000001-2026-W45.parquet"
    shown.parent.mkdir(parents=True)
    shown.write_bytes(b"what partners saw")
    enter_new(store)
    shown.unlink()
    with pytest.raises(DamagedError, match=r"000001-2026-W45\.parquet: it was taken in, and is missing"):
        approve_small(store, ID)


@pytest.mark.slow
def test_an_older_database_does_not_show_again_what_was_withdrawn(tmp_path: Path) -> None:
    write_edition(tmp_path, n_segments=3, indicators=("irregular_crossings",))
    store, file = Store(tmp_path), tmp_path / "database.sqlite"
    approve_small(store, ID)
    older = file.read_bytes()
    withdraw(store, REGION, ID, user="chief", note="a source was wrong")
    open_database.cache_clear()
    file.write_bytes(older)
    with pytest.raises(DamagedError, match=r"approved or withdrawn last is not sure.*backup"):
        open_profile(store, REGION, ID, "partner", today=LATER)


def test_an_approved_edition_that_is_lost_is_told_and_none_before_it_given_in_its_place(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for edition_id in ("2026-W45", ID):
        add_event(open_database(store.database), REGION, edition_id, "approved", user="officer", note="looked at")
        folder = store.profiles("partner", REGION) / edition_id
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text('{"available_from": "2026-11-16"}')
    assert lost_derived(store, REGION, "partner") is None
    assert open_profile(store, REGION, "latest", "partner", today=LATER).folder.name == ID
    (folder / "manifest.json").unlink()
    assert lost_derived(store, REGION, "partner") == ID
    with pytest.raises(EditionError, match=f"edition '{ID}' of region '{REGION}' is approved, and can't be read"):
        open_profile(store, REGION, "latest", "partner", today=LATER)
    assert open_profile(store, REGION, "2026-W45", "partner", today=LATER).folder.name == "2026-W45"


def test_what_a_killed_approval_left_in_the_making_is_no_edition(tmp_path: Path) -> None:
    left = Store(tmp_path).profiles("partner", REGION) / ".staging-1"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{}")
    assert derived_editions(Store(tmp_path), REGION) == []


def test_nothing_that_lies_in_a_profile_is_approved_as_if_it_had_been_derived(tmp_path: Path) -> None:
    edition = write_edition(tmp_path)
    for profile in ("partner", "public"):
        shutil.copytree(edition, Store(tmp_path).profiles(profile, REGION) / ID)
    with pytest.raises(EditionError, match=f"expected the edition {REGION} {ID} partner in this place"):
        approve_small(Store(tmp_path), ID)


def test_no_briefing_is_made_of_a_changed_edition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (write_edition(tmp_path) / "quality.json").write_text("{}")
    assert run_command(["briefing", "--store", str(tmp_path), "--out", str(tmp_path / "out")]) == 3
    assert "quality.json: differs from its checksum" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_approval_is_kept_with_who_when_and_why(store: Store) -> None:
    event = approvals(store, REGION)[ID]
    assert (event.kind, event.user, event.note) == ("approved", "officer", "looked at")
    with pytest.raises(EditionError, match="approved already by officer"):
        approve_small(store, ID)


def test_public_edition_is_seen_only_once_its_delay_is_over(store: Store) -> None:
    assert list_profile(store, REGION, "public", today=date(2026, 11, 29)) == []
    assert list_profile(store, REGION, "public", today=date(2026, 11, 30)) == [ID]
    assert list_profile(store, REGION, "partner", today=date(2026, 11, 29)) == [ID]


def test_somebody_elses_auditor_finds_nothing_but_what_is_planted(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pytauargus", reason="τ-Argus' package is not installed (CI installs it)")
    assert independent.main([str(store.root), "--tables", "40"]) == 0
    assert int(capsys.readouterr().out.splitlines()[-1].split()[1]) > 20
    source = open_edition(store, REGION, ID)
    given = [open_profile(store, REGION, ID, profile, today=LATER) for profile in ("partner", "public")]
    weeks = independent.period_numbers(source.forecast["time"].to_numpy(), "W").tolist()
    every = [independent.linked([source], given, "irregular_crossings", [week]) for week in weeks]
    tables = next(t for t in every if t.asked)
    one = min(tables.asked)
    tables.shown.update(dict.fromkeys(tables.shown.keys() - {one}, True))  # all but one are let out
    tables.asked = {one}
    assert independent.audit(tables, load_region(REGION).disclosure).narrow == 1


@pytest.mark.slow
def test_withdrawn_edition_is_no_longer_seen_and_can_be_approved_again(tmp_path: Path) -> None:
    write_edition(tmp_path, n_segments=3, indicators=("irregular_crossings",))
    place = Store(tmp_path)
    approve_small(place, ID)
    withdraw(place, REGION, ID, user="chief", note="a source was wrong")
    assert list_profile(place, REGION, "partner", today=LATER) == []
    with pytest.raises(EditionError, match="it is not approved"):
        withdraw(place, REGION, ID, user="chief", note="again")
    approve_small(place, ID)
    assert list_profile(place, REGION, "partner", today=LATER) == [ID]


@pytest.mark.slow
def test_approval_is_typed_listed_and_withdrawn_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_edition(tmp_path, n_segments=3, indicators=("irregular_crossings",))
    place = ["--store", str(tmp_path)]
    assert run_command(["editions", "approve", ID, "--note", "looked at", "--user", "officer", *place]) == 0
    assert f"{ID} approved by officer" in capsys.readouterr().out
    assert run_command(["editions", "withdraw", ID, "--note", "a source was wrong", *place]) == 0
    assert run_command(["editions", "approvals", *place]) == 0
    assert "a source was wrong" in capsys.readouterr().out


@pytest.mark.parametrize("profile", ["partner", "public"])
def test_derived_edition_is_whole_and_names_what_it_comes_from(store: Store, profile: str) -> None:
    derived, source = open_profile(store, REGION, ID, profile, today=LATER), open_edition(store, REGION, ID)
    assert derived.verify() == []
    assert derived.manifest["profile"] == profile
    assert derived.manifest["derived_from"]["edition"] == source.id
    assert derived.manifest["fingerprint"] != source.manifest.get("fingerprint")
    assert "inputs" not in derived.manifest or all(set(i) == {"source"} for i in derived.manifest["inputs"])


@pytest.mark.parametrize("profile", ["partner", "public"])
def test_derived_edition_holds_no_cells_by_nationality_no_draws_and_no_members(store: Store, profile: str) -> None:
    derived = open_profile(store, REGION, ID, profile, today=LATER)
    names = {p.name for p in derived.folder.iterdir()}
    assert not names & {"cube.zarr", "draws.zarr", "run.json"}
    assert list(derived.forecast["nationality"].to_numpy()) == ["TOTAL"]
    assert set(derived.forecasts["model_id"]) <= {"routecast", "baseline"}
    assert ("nationalities.parquet" in names) == (profile == "partner")


def test_partner_history_shows_no_count_under_the_threshold_and_is_else_as_published(store: Store) -> None:
    shown = open_profile(store, REGION, ID, "partner", today=LATER).forecast["history"].to_numpy()
    whole = open_edition(store, REGION, ID).forecast["history"].transpose("indicator", "nationality", "unit", "time")
    seen = np.isfinite(shown)
    assert not ((shown > 0) & (shown < 10)).any()
    assert (shown[seen] == whole.to_numpy()[seen]).all()


def test_public_history_holds_means_of_four_weeks_at_coarse_levels(store: Store) -> None:
    public = open_profile(store, REGION, ID, "public", today=LATER).forecast
    assert set(public["level"].to_numpy()) <= {"total", "headline", "route", "border"}
    total = public["history"].sel(unit="total", nationality="TOTAL").isel(indicator=0).to_numpy()
    whole = open_edition(store, REGION, ID).forecast["history"].sel(unit="total", nationality="TOTAL").isel(indicator=0)
    means = {round(float(np.mean(whole[i : i + 4])), 6) for i in range(len(total) - 3)}
    assert {round(float(v), 6) for v in total[np.isfinite(total)]} <= means


@pytest.mark.slow
def test_profiles_are_the_same_to_the_byte_whatever_the_withheld_counts_are(store: Store, tmp_path: Path) -> None:
    """So nothing in them can tell a withheld count, by whatever function."""
    source, partner = open_edition(store, REGION, ID), open_profile(store, REGION, ID, "partner", today=LATER)
    other = Store(tmp_path)
    moved = move_withheld(source, partner, other)
    assert (moved.forecast["history"] != source.forecast["history"]).sum() > 1
    for profile, derived in approve_small(other, ID).items():
        given = open_profile(store, REGION, ID, profile, today=LATER).folder
        files = [p for p in given.rglob("*") if p.is_file()]
        names = [p.relative_to(given) for p in files]
        assert len(names) > 20
        assert [n for n in names if (given / n).read_bytes() != (derived.folder / n).read_bytes()] == []


def test_forecasts_are_left_out_of_units_of_which_most_is_withheld(store: Store) -> None:
    partner = open_profile(store, REGION, ID, "partner", today=LATER)
    told = partner.forecast.isel(indicator=0, nationality=0)
    year = told.isel(time=slice(-52, None))
    shown = np.isfinite(year["history"]).sum("time")
    seen = (shown / (shown + year["withheld"].sum("time"))).to_series()
    given = np.isfinite(told["value"]).all(("horizon", "quantile")).to_series()
    assert not given[seen < 0.5].any()
    assert given[seen > 0.9].any()
    assert (told["pressure_band"].isel(horizon=0).to_series()[seen < 0.5] == -1).all()
    risk = partner.risk.set_index("unit")
    assert risk.loc[risk.index.isin(seen[seen < 0.5].index), "q50"].isna().all()


@pytest.mark.parametrize("profile", ["partner", "public"])
def test_past_forecasts_show_no_observed_count_that_the_history_withholds(store: Store, profile: str) -> None:
    derived, partner = (open_profile(store, REGION, ID, p, today=LATER) for p in (profile, "partner"))
    past = derived.backtest
    history = partner.forecast["history"].sel(nationality="TOTAL").to_series()
    unit = [loc if ":" in loc or loc in ("total", "headline") else f"segment:{loc}" for loc in past["location"]]
    keys = pd.MultiIndex.from_arrays([past["indicator"], unit, past["target_start"]])
    assert history.reorder_levels(["indicator", "unit", "time"]).reindex(keys).notna().all()


def test_accounts_of_counts_stay_behind(store: Store) -> None:
    quality = open_profile(store, REGION, ID, "partner", today=LATER).quality
    assert set(quality) == {"sources", "segments", "nowcast_sources"}


def bounds_of(store: Store, ids: list[str]) -> list[Bound]:
    """All that an attacker can say of what the profiles of some editions withhold."""
    source = open_edition(store, REGION, ID)  # for how units add up, which is public
    grid = grid_of(source, "irregular_crossings", frozenset(LEVELS))
    units = [str(u) for u in source.forecast["unit"].to_numpy()]
    members = pack_members(
        {u: [units[grid.finest[i]] for i in np.flatnonzero(row)] for u, row in zip(units, grid.cells, strict=True)}
    )
    folders = [open_profile(store, REGION, i, p, today=LATER).folder for i in ids for p in ("partner", "public")]
    return [b for p in read_published(folders, members).values() for b in attack(p, enough=2.0 * WIDTH)]


def test_attack_on_a_store_counts_what_it_attacked_and_how_narrow_it_came(store: Store) -> None:
    found = attack_store(store, load_region(REGION), periods=0)
    assert found.cells > 20
    assert (found.editions, found.narrow) == ((ID,), 0)
    assert found.narrowest is not None
    assert found.narrowest >= WIDTH
    assert 0 < attack_store(store, load_region(REGION), periods=2).cells < found.cells


def test_nothing_to_attack_is_told(tmp_path: Path) -> None:
    with pytest.raises(EditionError, match="there is none to attack"):
        attack_store(Store(tmp_path), load_region(REGION), periods=1)


def test_attack_on_the_files_of_both_profiles_bounds_no_withheld_count_narrowly(store: Store) -> None:
    bounds = bounds_of(store, [ID])
    assert [b for b in bounds if b.width < WIDTH] == []
    assert len(bounds) > 20


@pytest.mark.slow
def test_attack_on_two_editions_bounds_no_withheld_count_narrowly_when_figures_were_revised(store: Store) -> None:
    revise(open_edition(store, REGION, ID), f"{ID}.2", periods=30, seed=7)
    approve_small(store, f"{ID}.2")
    bounds = bounds_of(store, [ID, f"{ID}.2"])
    assert [b for b in bounds if b.width < WIDTH] == []
    assert {b.edition for b in bounds} == {0, 1}
