"""A region pack as read from its files, before anything in it is checked against anything else (design §4.8, §4.9)."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator
from pydantic.dataclasses import dataclass
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from geo.pack.entries import (
    LineOf,
    PackEntry,
    Problem,
    YamlDocument,
    read_entry,
    read_list,
    read_table,
    read_yaml,
    valid_entries,
)
from geo.region.disclosure import DisclosureRules
from geo.region.region import PURPOSE, Capacity, CrossingPoint, Event, Freq, Indicator, RiskRules, Route, Segment
from geo.region.risk_inputs import AlertRule, Assessment, Budget, ImpactLevel, Level, Part, level_of
from geo.region.value import VALUE, CountryCode, Id, Name, Share


def _with_ids(text: object) -> object:
    """Each entry knows its key; one that states an id of its own is refused later."""
    if not isinstance(text, dict):
        return text
    return {key: {"id": key, **entry} if isinstance(entry, dict) else entry for key, entry in text.items()}


@dataclass(frozen=True, config=VALUE, kw_only=True)
class PackSettings:
    """`region.yaml` without its lists, which are checked entry by entry."""

    name: Name = ""
    freq: Freq
    pack_version: str = "1"
    purpose: str = PURPOSE
    contact: str | None = None
    indicators: Annotated[dict[Id, Indicator], BeforeValidator(_with_ids), Field(min_length=1)]
    aliases: dict[str, str] = Field(default_factory=dict)
    nationality_aliases: dict[str, str] = Field(
        default_factory=dict, validation_alias=AliasChoices("nationality_aliases", "origin_aliases")
    )
    countries: dict[CountryCode, str] = Field(default_factory=dict)
    forecast_nationalities: tuple[str, ...] = ()
    horizon: Annotated[int, Field(ge=1, le=52)] | None = None
    risk: RiskRules = RiskRules()
    disclosure: DisclosureRules = DisclosureRules()
    crs: str | None = None
    footnote: str | None = None


@dataclass(frozen=True, config=VALUE, kw_only=True)
class AssessmentText:
    """One entry under `vulnerability` or `impact`: one place, and a value or a level."""

    segment: str | None = None
    border: str | None = None
    route: str | None = None
    kind: Id
    value: Share | None = None
    level: Level | None = None
    owner: str
    as_of: date

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if sum(x is not None for x in (self.segment, self.border, self.route)) != 1:
            raise ValueError("name one segment, border or route")
        if (self.value is None) == (self.level is None):
            raise ValueError("state a value from 0 to 1 or a level, one of the two")
        return self

    @property
    def place(self) -> str:
        """The place as units are named, `segment:<id>`, …."""
        kinds = (("segment", self.segment), ("border", self.border), ("route", self.route))
        return next(f"{kind}:{name}" for kind, name in kinds if name is not None)

    def assessment(self, part: Part) -> Assessment:
        """The value that it states."""
        level = self.level or level_of(self.value or 0.0)
        return Assessment(part, self.place, self.kind, level, self.owner, self.as_of, self.value)


@dataclass(frozen=True, config=VALUE)
class CrosswalkRow:
    """One row of `crosswalk.csv`: the share of a coarser place's figure that one cell takes."""

    place_kind: Literal["crossing_point", "segment", "border", "country", "route", "region"]
    place: str
    cell: str
    weight: Share


@dataclass(frozen=True, config=VALUE)
class RenamedRow:
    """One row of `renamed.csv`: a place's id in an earlier pack, and what it is called since."""

    old: Id
    new: Id
    since: str  # the pack_version that changed it


LISTS: Mapping[str, type] = {  # of the same name in `region.yaml` or a file of their own
    "segments": Segment,
    "routes": Route,
    "capacities": Capacity,
    "events": Event,
    "vulnerability": AssessmentText,
    "impact": AssessmentText,
    "impact_levels": ImpactLevel,
    "alerts": AlertRule,
    "budgets": Budget,
}
TABLES: Mapping[str, type] = {"crossing_points": CrossingPoint, "crosswalk": CrosswalkRow, "renamed": RenamedRow}


@plain_dataclass
class Pack:
    """Everything the files of a folder say; what could not be read is in `problems`."""

    folder: Path
    settings: PackEntry[PackSettings] | None = None
    indicators: tuple[str, ...] = ()  # ids, known even where an entry is wrong
    segments: list[PackEntry[Segment]] = field(default_factory=list)
    routes: list[PackEntry[Route]] = field(default_factory=list)
    capacities: list[PackEntry[Capacity]] = field(default_factory=list)
    events: list[PackEntry[Event]] = field(default_factory=list)
    vulnerability: list[PackEntry[AssessmentText]] = field(default_factory=list)
    impact: list[PackEntry[AssessmentText]] = field(default_factory=list)
    impact_levels: list[PackEntry[ImpactLevel]] = field(default_factory=list)
    alerts: list[PackEntry[AlertRule]] = field(default_factory=list)
    budgets: list[PackEntry[Budget]] = field(default_factory=list)
    crossing_points: list[PackEntry[CrossingPoint]] = field(default_factory=list)
    crosswalk: list[PackEntry[CrosswalkRow]] = field(default_factory=list)
    renamed: list[PackEntry[RenamedRow]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_pack(folder: Path) -> Pack:
    """Read every file of a pack; never raises for what is in them."""
    pack = Pack(folder)
    document = _mapping(read_yaml(folder / "region.yaml"), pack)
    _read_settings(document, pack)
    _read_segments(document, pack)
    for name, kind in LISTS.items():
        if name != "segments":
            setattr(pack, name, _listed(kind, document, name, pack))
    for name, kind in TABLES.items():
        if (folder / f"{name}.csv").exists():
            setattr(pack, name, read_table(kind, folder / f"{name}.csv", pack.problems))
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
    found = read_entry(PackSettings, plain, file=document.file, line_of=document.line)
    pack.settings = next(iter(valid_entries([found], pack.problems)), None)


def _listed(model: type, document: YamlDocument, name: str, pack: Pack) -> list[Any]:
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
        pack.segments = read_list(Segment, document, at=("segments",), problems=pack.problems)
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
        features = [{**f, "properties": dict(f.get("properties") or {})} for f in content["features"]]
    except RecursionError:
        pack.problems.append(Problem(path.name, None, "expected a GeoJSON feature collection, got far deeper nesting."))
        return
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        line = getattr(error, "lineno", None)
        pack.problems.append(Problem(path.name, line, f"expected a GeoJSON feature collection: {error}."))
        return
    if _other_crs(content):
        pack.problems.append(Problem(path.name, 1, "expected WGS 84 longitude and latitude, got another CRS."))
    seen: dict[str, int] = {}
    for feature in features:
        properties = feature["properties"]
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
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        return error


def _finder(text: str, name: str, occurrence: int) -> LineOf:
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
    pack: Pack, properties: dict[str, Any], geometry: BaseGeometry | Exception | None, *, file: str, line_of: LineOf
) -> None:
    if isinstance(geometry, Exception):
        message = f"segment {properties.get('id')!r}: expected a GeoJSON geometry, got one that fails: {geometry}."
        pack.problems.append(Problem(file, line_of(()), message))
        geometry = None
    found = read_entry(Segment, {**properties, "geometry": geometry}, file=file, line_of=line_of, name="segment")
    pack.segments += valid_entries([found], pack.problems)


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
