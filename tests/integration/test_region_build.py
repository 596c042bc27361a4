"""A pack for another part of the world: built, checked, drawn, and run with figures of one's own."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.build.any_region import BuildError, atlas_codes
from geo.build.atlas import read_atlas
from geo.build.segments import Line
from geo.pack.load import load_region
from pipelines.regions.draw_map import draw_region
from pipelines.regions.write_pack import write_region
from routecast.cli import run_command
from tests.regions import make_region

CUT = Path(__file__).parents[1] / "data" / "world_atlas_cut.json"
HORN = ("ETH", "SOM", "KEN", "DJI", "ERI")


def build(folder: Path, *countries: str, **options: object) -> Path:
    write_region(folder, countries=countries or ("MEX", "USA"), freq="M", natural_earth=CUT, **options)  # type: ignore[arg-type]
    return folder


@pytest.mark.parametrize("countries", [("MEX", "USA"), HORN])
def test_segments_sum_to_the_length_of_each_border(tmp_path: Path, countries: tuple[str, ...]) -> None:
    region = load_region(build(tmp_path / "pack", *countries))
    atlas = read_atlas(CUT, atlas_codes())
    for border in {s.border for s in region.segments}:
        whole = sum(Line(part).length_m for part in atlas.border(*border.split("-")))
        assert sum(s.length_m for s in region.segments if s.border == border) == pytest.approx(whole, abs=2)


def test_borders_meet_at_their_tripoints(tmp_path: Path) -> None:
    region = load_region(build(tmp_path / "pack", *HORN))
    across = [(s.border, region.segment_by_id[n].border) for s in region.segments for n in s.neighbours]
    assert ("ETH-KEN", "ETH-SOM") in across
    assert ("ETH-KEN", "KEN-SOM") in across


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = build(tmp_path / "a" / "pack"), build(tmp_path / "b" / "pack")
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in other.iterdir()}


def test_segments_are_named_by_border_and_coordinates(tmp_path: Path) -> None:
    region = load_region(build(tmp_path / "pack"))
    assert region.segments[0].name == "MEX-USA at 32.56 N, 116.74 W"


def test_segments_are_named_after_crossing_points_where_there_is_a_list(tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("name,border,lon,lat\nSan Ysidro–Tijuana,MEX-USA,-117.03,32.54\n", encoding="utf-8")
    region = load_region(build(tmp_path / "pack", crossing_points=points))
    assert region.segments[0].name == "San Ysidro–Tijuana"
    assert region.crossing_points[0].segment == "MEX-USA-01"


@pytest.mark.parametrize(
    ("countries", "message"),
    [
        (("MEX", "USX"), "got 'USX'. Nearest: USA"),
        (("MEX", "ETH"), "have none"),
        (("MEX",), "two or more"),
    ],
)
def test_what_cannot_be_built_is_said(tmp_path: Path, countries: tuple[str, ...], message: str) -> None:
    with pytest.raises(BuildError, match=message):
        build(tmp_path / "pack", *countries)


def test_a_folder_that_holds_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BuildError, match="--force"):
        build(tmp_path)


def test_command_says_how_to_get_the_atlas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["region", "build", str(tmp_path / "pack"), "--countries", "MEX,USA"]) == 3
    assert "npm pack world-atlas@2.0.2" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html"])
def test_region_is_drawn_with_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    region = load_region(build(tmp_path / "pack"))
    files = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
    for file in files:
        draw_region(region, file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size > 10_000


def test_page_of_the_western_balkans_carries_the_footnote_and_every_segment(tmp_path: Path) -> None:
    region = load_region("western_balkans")
    draw_region(region, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert region.footnote in page
    assert all(f"<td>{s.id}</td>" in page for s in region.segments)
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")


def test_a_region_without_geometry_is_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected geometry to draw"):
        draw_region(make_region(), tmp_path / "map.png")


@pytest.mark.slow
def test_own_figures_run_on_a_built_pack(tmp_path: Path) -> None:
    pack, store = build(tmp_path / "us_mexico"), tmp_path / "store"
    rng = np.random.default_rng(3)
    months = pd.date_range("2019-01-01", periods=60, freq="MS")
    rows = [
        {
            "indicator": "irregular_crossings",
            "place_kind": "segment",
            "place": f"MEX-USA-{n:02d}",
            "period_start": m.date(),
            "period": "M",
            "count": int(rng.poisson(50 * n)),
        }
        for n in range(1, 5)
        for m in months
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "figures.csv", index=False)
    common = ["--region", str(pack), "--store", str(store)]
    assert run_command(["ingest", "csv", str(tmp_path / "figures.csv"), *common]) == 0
    assert run_command(["run", *common]) == 0
    manifest = json.loads((store / "editions" / "us_mexico" / "2023-12" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["region_name"] == "Us mexico"
