"""Two editions held against each other: every difference is named, and what is equal or only renamed is not."""

import json
from pathlib import Path

import pandas as pd

from benchmarks.compare_editions import differences


def edition(folder: Path, *, extra: str = "a", **columns: list[float]) -> Path:
    folder.mkdir()
    pd.DataFrame(columns).to_parquet(folder / "risk.parquet")
    (folder / "quality.json").write_text(json.dumps({"extra": extra, "code": folder.name}), encoding="utf-8")
    return folder


def test_every_column_that_differs_is_named(tmp_path: Path) -> None:
    before = edition(tmp_path / "before", a=[1.0, 2.0], b=[1.0, 2.0], c=[3.0, float("nan")])
    after = edition(tmp_path / "after", extra="b", a=[1.0, 5.0], b=[7.0, 8.0], c=[3.0, float("nan")])
    found = list(differences(before, after, {}))
    assert [line.split(":")[0:2] for line in found if line.startswith("risk")] == [
        ["risk.parquet", " a"],
        ["risk.parquet", " b"],
    ]
    assert any("extra" in line for line in found)


def test_a_stated_new_name_is_no_difference(tmp_path: Path) -> None:
    before = edition(tmp_path / "before", origin=[1.0, float("nan")])
    after = edition(tmp_path / "after", nationality=[1.0, float("nan")])
    assert list(differences(before, after, {"origin": "nationality"})) == []
    assert list(differences(before, after, {})) != []
