import shutil
from pathlib import Path

import pandas as pd
import pytest

from pipelines.editions.edition import Edition, EditionError, latest_edition, list_editions, lost_latest, open_edition
from pipelines.publish.edition.publish import publish, write_tables
from pipelines.store.ledger import enter_new
from pipelines.store.paths import Store
from tests.small_editions import make_content, put, put_weeks, render


def test_published_edition_verifies(tmp_path: Path) -> None:
    assert put(make_content(), Store(tmp_path)).verify() == []


def test_equal_inputs_publish_nothing_new(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(make_content(), store)
    assert not publish(make_content(), store, render=render, run_info=dict).new
    assert list_editions(store, "somewhere") == ["2026-W46"]


def test_second_edition_of_a_period_gets_a_number(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(make_content(), store)
    assert put(make_content(fingerprint="b"), store).id == "2026-W46.2"
    assert latest_edition(store, "somewhere") == "2026-W46.2"


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = put(make_content(), Store(tmp_path / "1")), put(make_content(), Store(tmp_path / "2"))
    assert one.manifest == two.manifest


@pytest.mark.parametrize("name", ["risk.parquet", "manifest.json", "forecast.zarr/value/0", "briefing.html"])
def test_verify_names_the_file_with_a_flipped_bit(tmp_path: Path, name: str) -> None:
    edition = put(make_content(), Store(tmp_path))
    path = edition.folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert any(name in problem for problem in edition.verify())


def test_verify_finds_a_flipped_bit_in_every_file(tmp_path: Path) -> None:
    edition = put(make_content(), Store(tmp_path))
    files = [p for p in edition.folder.rglob("*") if p.is_file() and p.stat().st_size and p.name != "run.json"]
    assert len(files) > 10
    for path in files:
        whole = path.read_bytes()
        for position in (0, len(whole) - 1):
            data = bytearray(whole)
            data[position] ^= 0x80
            path.write_bytes(bytes(data))
            assert edition.verify(), path
        path.write_bytes(whole)
    assert edition.verify() == []


def test_verify_names_a_missing_and_an_added_file(tmp_path: Path) -> None:
    edition = put(make_content(), Store(tmp_path))
    (edition.folder / "quality.json").unlink()
    (edition.folder / "extra.txt").write_text("?")
    problems = " ".join(edition.verify())
    assert "quality.json: missing" in problems
    assert "extra.txt: not in the manifest" in problems


@pytest.mark.parametrize("place", ["somewhere/2026-W47", "elsewhere/2026-W46"])
def test_a_whole_edition_in_anothers_place_is_named(tmp_path: Path, place: str) -> None:
    edition = put(make_content(), Store(tmp_path))
    copied = Edition(shutil.copytree(edition.folder, tmp_path / "editions" / place))
    region, named = place.split("/")
    told = f"{named}: expected the edition {region} {named} in this place, got somewhere 2026-W46"
    assert copied.verify() == [told]
    with pytest.raises(EditionError, match="nothing is made of it"):
        copied.require_intact()


def test_an_edition_inside_is_none_of_partners(tmp_path: Path) -> None:
    edition = put(make_content(), Store(tmp_path))
    copied = Edition(shutil.copytree(edition.folder, tmp_path / "profiles/partner/somewhere/2026-W46"))
    assert "expected the edition somewhere 2026-W46 partner in this place" in copied.verify()[0]


@pytest.mark.parametrize("root", ["store", "profiles"])
def test_another_edition_of_the_name_that_was_entered_is_named(tmp_path: Path, root: str) -> None:
    store = Store(tmp_path / root)
    edition, other = put(make_content(), store), put(make_content(value=2.0), Store(tmp_path / "other"))
    enter_new(store)
    assert edition.verify() == []
    shutil.rmtree(edition.folder)
    shutil.copytree(other.folder, edition.folder)
    assert "expected the edition that the ledger names" in Edition(edition.folder).verify()[0]
    (store.root / "ledger.jsonl").write_text("spoilt\n")
    assert "The ledger was changed or cut" in Edition(edition.folder).verify()[0]


def test_none_before_it_is_given_in_place_of_a_latest_that_is_lost(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put_weeks(store, 45, 46)
    (store.editions("somewhere") / "2026-W46" / "manifest.json").unlink()
    with pytest.raises(EditionError, match=r"is edition '2026-W46', which can't be read.*name another: 2026-W45"):
        open_edition(store, "somewhere")
    assert open_edition(store, "somewhere", "2026-W45").id == "2026-W45"


def test_an_equal_edition_that_was_changed_is_not_shown_again(tmp_path: Path) -> None:
    edition = put(make_content(), Store(tmp_path))
    (edition.folder / "quality.json").write_text("{}")
    with pytest.raises(EditionError, match=r"quality\.json: differs"):
        put(make_content(), Store(tmp_path))


def test_failing_renderer_leaves_no_edition_and_no_staging(tmp_path: Path) -> None:
    def broken(_: Edition) -> dict[str, bytes]:
        raise RuntimeError("no fonts")

    store = Store(tmp_path)
    with pytest.raises(RuntimeError, match="no fonts"):
        publish(make_content(), store, render=broken, run_info=dict)
    assert list(store.editions("somewhere").iterdir()) == []


def test_reader_falls_back_when_latest_points_nowhere_but_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(make_content(), store)
    (store.editions("somewhere") / "latest").write_text("2027-W01\n")
    assert (latest_edition(store, "somewhere"), lost_latest(store, "somewhere")) == ("2026-W46", "2027-W01")


def test_unknown_edition_is_refused_with_those_there_are(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(make_content(), store)
    with pytest.raises(EditionError, match="There are: 2026-W46"):
        open_edition(store, "somewhere", "2020-W01")


def test_staging_folders_are_never_listed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(make_content(), store)
    (store.editions("somewhere") / ".staging-1").mkdir()
    assert list_editions(store, "somewhere") == ["2026-W46"]


@pytest.mark.parametrize("kept", [["a", "b"], []], ids=["an empty piece first", "nothing at all"])
def test_a_table_in_pieces_is_written_whole_and_empty_pieces_say_nothing_of_types(
    tmp_path: Path, kept: list[str]
) -> None:
    whole = pd.DataFrame({"location": ["a", "b"], "value": [1.0, 2.0]})
    pieces = [whole.iloc[:0].astype(object), *(whole[whole["location"] == k] for k in kept)]
    write_tables({"forecasts": iter(pieces)}, tmp_path)
    found = pd.read_parquet(tmp_path / "forecasts.parquet")
    assert found["location"].tolist() == kept
    assert list(found.columns) == ["location", "value"]
