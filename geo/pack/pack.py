"""A region pack as read from its files, before anything in it is checked against anything else."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.pack.entries import PackEntry, read_entry, read_list, read_table
from geo.pack.problems import Problem
from geo.pack.risk_spec import AlertSpec, AssessmentSpec, BudgetSpec, ImpactLevelSpec
from geo.pack.spec import (
    CapacitySpec,
    CrossingPointSpec,
    CrosswalkSpec,
    EventSpec,
    RenamedSpec,
    RouteSpec,
    SegmentSpec,
    SettingsSpec,
)
from geo.pack.yaml_lines import YamlDocument, read_yaml

RISK_LISTS: Mapping[str, type[BaseModel]] = {  # lists of the same name in `region.yaml` or a file of their own
    "vulnerability": AssessmentSpec,
    "impact": AssessmentSpec,
    "impact_levels": ImpactLevelSpec,
    "alerts": AlertSpec,
    "budgets": BudgetSpec,
}
LISTS = ("segments", "routes", "capacities", "events", *RISK_LISTS)


@dataclass
class Pack:
    """Everything the files of a folder say; what could not be read is in `problems`."""

    folder: Path
    settings: PackEntry[SettingsSpec] | None = None
    indicators: tuple[str, ...] = ()  # ids, known even where an entry is wrong
    segments: list[PackEntry[SegmentSpec]] = field(default_factory=list)
    geometries: list[BaseGeometry | None] = field(default_factory=list)  # one per segment
    routes: list[PackEntry[RouteSpec]] = field(default_factory=list)
    capacities: list[PackEntry[CapacitySpec]] = field(default_factory=list)
    events: list[PackEntry[EventSpec]] = field(default_factory=list)
    vulnerability: list[PackEntry[AssessmentSpec]] = field(default_factory=list)
    impact: list[PackEntry[AssessmentSpec]] = field(default_factory=list)
    impact_levels: list[PackEntry[ImpactLevelSpec]] = field(default_factory=list)
    alerts: list[PackEntry[AlertSpec]] = field(default_factory=list)
    budgets: list[PackEntry[BudgetSpec]] = field(default_factory=list)
    crossing_points: list[PackEntry[CrossingPointSpec]] = field(default_factory=list)
    crosswalk: list[PackEntry[CrosswalkSpec]] = field(default_factory=list)
    renamed: list[PackEntry[RenamedSpec]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_pack(folder: Path) -> Pack:
    """Read every file of a pack; never raises for what is in them."""
    pack = Pack(folder)
    document = _mapping(read_yaml(folder / "region.yaml"), pack)
    _read_settings(document, pack)
    _read_segments(document, pack)
    pack.routes = _listed(RouteSpec, document, "routes", pack)
    pack.events = _listed(EventSpec, document, "events", pack)
    pack.capacities = _listed(CapacitySpec, document, "capacities", pack)
    for name, spec in RISK_LISTS.items():
        setattr(pack, name, _listed(spec, document, name, pack))
    tables = {"crossing_points": CrossingPointSpec, "crosswalk": CrosswalkSpec, "renamed": RenamedSpec}
    for name, model in tables.items():
        path = folder / f"{name}.csv"
        if path.exists():
            setattr(pack, name, read_table(model, path, pack.problems))
    return pack


def _mapping(document: YamlDocument, pack: Pack) -> YamlDocument:
    pack.problems.extend(document.problems)
    if isinstance(document.value, dict):
        return document
    if not document.problems:
        pack.problems.append(document.problem((), "expected settings ('key: value'), got something else."))
    return YamlDocument(document.file, {}, {})


def _read_settings(document: YamlDocument, pack: Pack) -> None:
    plain = {key: value for key, value in document.value.items() if key not in LISTS}
    indicators = plain.get("indicators")
    pack.indicators = tuple(map(str, indicators)) if isinstance(indicators, dict) else ()
    if not plain and pack.problems:  # the file could not be read: one message is enough
        return
    found = read_entry(SettingsSpec, plain, file=document.file, line_of=document.line)
    if isinstance(found, PackEntry):
        pack.settings = found
    else:
        pack.problems.extend(found)


def _listed(model: type[BaseModel], document: YamlDocument, name: str, pack: Pack) -> list[Any]:
    """A list that stands in `region.yaml` or in a file of its own."""
    path = pack.folder / f"{name}.yaml"
    inside = document.value.get(name) is not None
    if inside and path.exists():
        message = f"{name}: stand in {path.name} too. Keep one of the two."
        pack.problems.append(document.problem((name,), message))
    if inside:
        return read_list(model, document, at=(name,), problems=pack.problems)
    if not path.exists():
        return []
    own = read_yaml(path)
    pack.problems.extend(own.problems)
    if own.problems and own.value is None:
        return []
    at = (name,) if isinstance(own.value, dict) and name in own.value else ()
    return read_list(model, own, at=at, problems=pack.problems)


def _read_segments(document: YamlDocument, pack: Pack) -> None:
    files = [path for path in (pack.folder / "segments.geojson", pack.folder / "segments.parquet") if path.exists()]
    inside = "segments" in document.value
    if len(files) + inside > 1:
        places = [*(["region.yaml"] if inside else []), *(path.name for path in files)]
        pack.problems.append(document.problem(("segments",), f"segments: stand in {places}. Keep one of them."))
    if inside:
        pack.segments = read_list(SegmentSpec, document, at=("segments",), problems=pack.problems)
        pack.geometries = [None] * len(pack.segments)
    elif not files:
        if document.value:
            pack.problems.append(document.problem((), "segments: expected a list here, or segments.geojson beside it."))
    elif files[0].suffix == ".geojson":
        _read_geojson(files[0], pack)
    else:
        _read_parquet(files[0], pack)


def _read_geojson(path: Path, pack: Pack) -> None:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        features = content["features"]
    except (ValueError, KeyError, TypeError) as error:
        line = getattr(error, "lineno", None)
        pack.problems.append(Problem(path.name, line, f"expected a GeoJSON feature collection: {error}."))
        return
    if _other_crs(content):
        pack.problems.append(Problem(path.name, 1, "expected WGS 84 longitude and latitude, got another CRS."))
    seen: dict[str, int] = {}
    for feature in features:
        properties = feature.get("properties") or {}
        name = str(properties.get("id", ""))
        seen[name] = seen.get(name, 0) + 1
        line_of = _finder(text, name, seen[name])
        _add_segment(pack, properties, _geometry(feature.get("geometry")), file=path.name, line_of=line_of)


def _other_crs(content: dict[str, Any]) -> bool:
    name = str(((content.get("crs") or {}).get("properties") or {}).get("name", "CRS84"))
    return not name.endswith(("CRS84", "4326"))


def _geometry(raw: Mapping[str, Any] | None) -> BaseGeometry | Exception | None:
    try:
        return None if raw is None else shape(raw)
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError) as error:
        return error


def _finder(text: str, name: str, occurrence: int) -> Callable[[tuple[int | str, ...]], int | None]:
    """Line of the n-th feature with an id; searched only when there is something to say about it."""

    def find(_inner: tuple[int | str, ...]) -> int | None:
        """Line of the feature in the file; None where it is not found."""
        hits = re.finditer(r'"id"\s*:\s*"?' + re.escape(name) + r'"?\s*[,}]', text)
        for count, hit in enumerate(hits, start=1):
            if count == occurrence:
                return text.count("\n", 0, hit.start()) + 1
        return None

    return find


def _add_segment(
    pack: Pack,
    properties: dict[str, Any],
    geometry: BaseGeometry | Exception | None,
    *,
    file: str,
    line_of: Callable[[tuple[int | str, ...]], int | None],
) -> None:
    found = read_entry(SegmentSpec, properties, file=file, line_of=line_of, name="segment")
    if isinstance(geometry, Exception):
        message = f"segment {properties.get('id')!r}: expected a GeoJSON geometry, got one that fails: {geometry}."
        pack.problems.append(Problem(file, line_of(()), message))
        geometry = None
    if isinstance(found, PackEntry):
        pack.segments.append(found)
        pack.geometries.append(geometry)
    else:
        pack.problems.extend(found)


def _read_parquet(path: Path, pack: Pack) -> None:
    import geopandas as gpd  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        table = gpd.read_parquet(path).to_crs("EPSG:4326")
    except (ValueError, OSError) as error:
        pack.problems.append(Problem(path.name, None, f"expected GeoParquet with a CRS: {error}."))
        return
    rows = table.drop(columns=table.geometry.name).to_dict("records")
    for row, geometry in zip(rows, table.geometry, strict=True):
        filled = {str(key): _plain(value) for key, value in row.items()}
        known = {key: value for key, value in filled.items() if not _is_empty(value)}
        _add_segment(pack, known, geometry, file=path.name, line_of=lambda _inner: None)


def _plain(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
