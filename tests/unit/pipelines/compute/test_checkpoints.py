"""What a run keeps for the one after it: read back bit for bit, or thrown away and made again."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.members.run_members import Failure, Members
from pipelines.compute.checkpoints import Checkpoints, checkpoints, digest_of, pack, unpack
from pipelines.compute.workers import Workers
from pipelines.forecasts.member_tasks import TaskGroup, finish_groups, start_group
from tests.histories import make_history, make_quantiles


def killed(folder: Path, fingerprint: str) -> Checkpoints:
    """The checkpoints of a run that did not come to its end."""
    with suppress(KeyboardInterrupt), checkpoints(folder, fingerprint) as kept:
        raise KeyboardInterrupt
    return kept


def texts(*words: str, kind: type) -> np.ndarray:
    return np.array(words, dtype=kind)


def make_dataset() -> xr.Dataset:
    """Numbers with gaps and the last bit set, dates, flags, and texts of both of NumPy's kinds."""
    return xr.Dataset(
        {
            "count": (("unit", "time"), np.array([[0.1 + 0.2, np.nan], [-0.0, np.inf]])),
            "flag": ("unit", np.array([True, False]), {"meaning": "seen"}),
        },
        coords={
            "unit": texts("Žabljak", "b", kind=object),
            "time": pd.date_range("2024-01-01", periods=2, freq="MS"),
            "level": ("unit", texts("cell", "route", kind=str)),
        },
        attrs={"freq": "M", "numbers": [1, 2]},
    )


def members(*units: str, failed: str = "") -> Members:
    quantiles = make_quantiles(dict.fromkeys(units, 10.0), member="ets")
    return Members(quantiles, [Failure("ets", failed, "too short")] if failed else [])


def never() -> list[object]:
    raise AssertionError("a task was submitted that was kept")


def test_datasets_come_back_equal_in_values_types_order_and_attributes() -> None:
    (back,) = unpack(pack([make_dataset()]))
    xr.testing.assert_identical(back, make_dataset())
    kinds = {name: variable.dtype for name, variable in back.variables.items()}
    assert kinds == {name: variable.dtype for name, variable in make_dataset().variables.items()}
    assert np.signbit(back["count"].to_numpy()[1, 0])


def test_the_same_datasets_give_the_same_bytes() -> None:
    assert pack([make_dataset()]) == pack([make_dataset()])


def test_other_objects_than_texts_are_refused() -> None:
    with pytest.raises(TypeError, match="expected numbers, dates or texts in 'unit'"):
        pack([xr.Dataset(coords={"unit": np.array(["a", None], dtype=object)})])


def test_what_was_kept_is_found_by_the_next_run_with_the_same_fingerprint(tmp_path: Path) -> None:
    killed(tmp_path, "a" * 64).keep("first", [make_dataset()])
    again = killed(tmp_path, "a" * 64)
    (found,) = again.load("first") or []
    xr.testing.assert_identical(found, make_dataset())
    assert again.reused == ["first"]


def test_a_run_with_another_fingerprint_finds_nothing_and_clears_it(tmp_path: Path) -> None:
    first = killed(tmp_path, "a" * 64)
    first.keep("first", [make_dataset()])
    assert killed(tmp_path, "b" * 64).load("first") is None
    assert first.load("first") is None


@pytest.mark.parametrize("at", [0, 70, -1], ids=["checksum", "archive", "last byte"])
def test_a_flipped_byte_is_noticed_named_and_thrown_away(tmp_path: Path, at: int) -> None:
    kept = Checkpoints(tmp_path)
    kept.keep("first", [make_dataset()])
    path = tmp_path / "first.work"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))
    assert kept.load("first") is None
    assert kept.broken == [str(path)]
    assert not path.exists()


@pytest.mark.parametrize("length", [0, 10, 65, 200])
def test_a_file_cut_short_is_thrown_away(tmp_path: Path, length: int) -> None:
    kept = Checkpoints(tmp_path)
    kept.keep("first", [make_dataset()])
    path = tmp_path / "first.work"
    path.write_bytes(path.read_bytes()[:length])
    assert kept.load("first") is None
    assert kept.broken


def test_drafts_of_a_killed_run_are_cleared(tmp_path: Path) -> None:
    folder = killed(tmp_path, "a" * 64).folder
    assert folder is not None
    folder.mkdir(parents=True)
    (folder / "first.123.part").write_bytes(b"half")
    killed(tmp_path, "a" * 64)
    assert list(folder.iterdir()) == []


def test_published_work_is_forgotten(tmp_path: Path) -> None:
    with checkpoints(tmp_path, "a" * 64) as kept:
        kept.keep("first", [make_dataset()])
        assert list(tmp_path.rglob("*.work"))
    assert not list(tmp_path.rglob("*.work"))


def test_parts_are_found_by_later_runs_until_one_has_no_use_for_them(tmp_path: Path) -> None:
    with checkpoints(tmp_path, "a" * 64) as first:
        first.keep("used", [make_dataset()], made_from="digest")
        first.keep("idle", [make_dataset()], made_from="digest")
    with checkpoints(tmp_path, "b" * 64) as second:
        (found,) = second.load("used", made_from="digest") or []
    xr.testing.assert_identical(found, make_dataset())
    with checkpoints(tmp_path, "c" * 64) as third:
        assert third.load("used", made_from="digest") is not None
        assert third.load("idle", made_from="digest") is None


@pytest.mark.parametrize(("code", "made_from"), [("newer", "digest"), ("", "other digest")])
def test_a_part_made_by_other_code_or_from_something_else_is_not_found(
    tmp_path: Path, code: str, made_from: str
) -> None:
    with checkpoints(tmp_path, "a" * 64) as first:
        first.keep("one", [make_dataset()], made_from="digest")
    with checkpoints(tmp_path, "a" * 64, code=code) as second:
        assert second.load("one", made_from=made_from) is None


def test_a_run_that_needed_no_part_leaves_them(tmp_path: Path) -> None:
    with checkpoints(tmp_path, "a" * 64) as first:
        first.keep("one", [make_dataset()], made_from="digest")
    with checkpoints(tmp_path, "b" * 64):
        pass  # an equal edition was there
    assert list((tmp_path / "parts").iterdir())


@pytest.mark.parametrize("changed", ["a count's last bit", "a date", "a label", "plain values"])
def test_a_digest_changes_with_whatever_it_is_made_from(changed: str) -> None:
    plain, one = {"seed": 1}, make_dataset()
    before = digest_of(plain, one)
    match changed:
        case "a count's last bit":
            one["count"][0, 0] = np.nextafter(one["count"][0, 0], 1.0)
        case "a date":
            one = one.assign_coords(time=one["time"] + np.timedelta64(1, "D"))
        case "a label":
            one = one.rename(flag="mark")
        case _:
            plain = {"seed": 2}
    assert digest_of(plain, one) != before
    assert digest_of({"seed": 1}, make_dataset()) == before


def test_what_a_task_did_elsewhere_is_told_once(tmp_path: Path) -> None:
    with checkpoints(tmp_path, "a" * 64) as kept:
        kept.keep("one", [make_dataset()], made_from="digest")
        there = kept.elsewhere()
        there.load("one", made_from="digest")
        kept.add(there)
        assert (kept.reused, len(kept.costs)) == (["one"], 1)


def test_without_a_folder_nothing_is_kept() -> None:
    kept = Checkpoints()
    kept.keep("first", [make_dataset()])
    assert kept.load("first") is None


def test_a_group_that_was_kept_is_not_made_again(tmp_path: Path) -> None:
    kept, said = Checkpoints(parts=tmp_path), members("a", "b", failed="b")
    saved = xr.Dataset({"quantiles": said.quantiles}, attrs={"failures": [["ets", "b", "too short"]]})
    kept.keep("x-members", [saved], made_from="a digest")
    group = start_group(TaskGroup("x-members", "members", [3], ["a", "b"], "a digest"), never, kept=kept)  # type: ignore[arg-type]
    done = finish_groups([group], "x", Workers(None, lambda *_: None, kept))  # type: ignore[arg-type]
    (found,) = done[3, "members"]
    xr.testing.assert_identical(found.quantiles, said.quantiles)
    assert found.failures == said.failures
    assert found.quantiles.name is None


def test_histories_keep_the_type_of_their_units() -> None:
    history = make_history({"a": [1.0, 2.0], "long name": [3.0, np.nan]})
    (back,) = unpack(pack([history]))
    assert back["unit"].dtype == history["unit"].dtype
    xr.testing.assert_identical(back, history)


def test_what_a_worker_can_not_write_is_not_kept_and_the_run_itself_says_why(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    kept = Checkpoints(tmp_path / "taken")
    assert not kept.elsewhere().keep("part", [make_dataset()])
    with pytest.raises(OSError, match="taken"):
        kept.keep("part", [make_dataset()])
