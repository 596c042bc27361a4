"""Advice of the doors beside `csv`, followed: mapped tables, hub files, capacities, and two shipped sources."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.ingest.door.capacities import read_capacities
from pipelines.ingest.ingest_files import Stated, take_files
from pipelines.ingest.reading.mapping import parse_mapping
from pipelines.observations.batches import load_quarantine
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.hub_files import hub_table
from tests.mappings import LONG
from tests.regions import make_region

TABLE = "Section;Month;Number\na-1;2026-09;7\na-2;2026-09;3\n"
FRONTEX = "Route,BorderType,Nationality,JAN2025,FEB2025\nNorthern route,Land,Syria,7,1\nNorthern route,Sea,Mali,2,1\n"
USBP = "fy|month|cy|a-1|a-2\n2026|9|2026|7|3\n2026|8|2026|5|1\n"
CAPACITIES = "segment,indicator,value,owner,as_of\na-1,irregular_crossings,12,unit,2026-01-31\n"
NAME = "2026-11-09-agency-model.csv"
HUB = hub_table({"a-1": 20.0}).to_csv(index=False)
FIRST = HUB.splitlines()[1]


def told(folder: Path, source: str, content: str, *, mapping: str, name: str) -> str:
    """Everything that a door says of a file: of a refused one, of its refused rows, or nothing where all is well."""
    path, store = folder / name, Store(folder / "store")
    path.write_text(content, encoding="utf-8")
    if source == "capacities":
        try:
            return "" if read_capacities(path, make_region()) else "nothing"
        except DataRefusedError as error:
            return str(error)
    stated = Stated(mapping=parse_mapping(mapping, where="map.yaml")) if source == "table" else None
    options = {"region": make_region(), "store": store, "today": date(2026, 11, 23), "stated": stated}
    try:
        take_files(source, [path], progress=lambda *_: None, **options)  # type: ignore[arg-type]
    except DataRefusedError as error:
        return str(error)
    return "\n".join(load_quarantine(store, "small")["reason"])


Advice = tuple[str, str, str, str, str, str]  # source, file, spoilt, advice, mended, mapping (empty: as it is)
ADVICE: dict[str, Advice] = {
    "table, heading": (
        *("table", TABLE, TABLE.replace("Number", "Cases"), "not found: Number", TABLE),
        "",
    ),
    "table, heading in the mapping": (
        *("table", TABLE, TABLE.replace("Number", "Cases"), "Correct the names in the mapping"),
        *(TABLE.replace("Number", "Cases"), LONG.replace("Number", "Cases")),
    ),
    "table, place": ("table", TABLE, TABLE.replace("a-1", "Uper bridge"), "nearest: Upper bridge", TABLE, ""),
    "table, thousands": (
        *("table", TABLE, TABLE.replace("7", "1.234"), 'thousands: "."', TABLE.replace("7", "1.234")),
        LONG + 'thousands: "."\n',
    ),
    "table, add up": (
        *("table", TABLE, TABLE + "a-1;2026-09;9\n", "Add them up", TABLE + "a-1;2026-09;9\n"),
        LONG + 'add_up_over: ["@line"]\n',
    ),
    "table, twice": ("table", TABLE, TABLE + "a-1;2026-09;9\n", "send the one that holds", TABLE, ""),
    "frontex, nationality": ("frontex", FRONTEX, FRONTEX.replace("Syria", "Syriaa"), "nearest: Syria", FRONTEX, ""),
    "frontex, month twice": (
        *("frontex", FRONTEX, FRONTEX.replace("FEB", "JAN"), "got Jan 2025 twice. Take one out", FRONTEX, ""),
    ),
    "frontex, contradiction": (
        *("frontex", FRONTEX, FRONTEX + "Northern route,Land,Syria,9,1\n", "Send the one that holds", FRONTEX, ""),
    ),
    "frontex, months": (
        *("frontex", FRONTEX, FRONTEX.replace("JAN2025", "x").replace("FEB2025", "y"), "such as JAN2009", FRONTEX, ""),
    ),
    "usbp, month": ("usbp", USBP, USBP.replace("|9|", "|13|"), "the form 'year, month'", USBP, ""),
    "usbp, column": ("usbp", USBP, USBP.replace("cy", "calendar"), "not found: cy", USBP, ""),
    "capacities, segment": ("capacities", CAPACITIES, CAPACITIES.replace("a-1", "a-11"), "mean 'a-1'?", CAPACITIES, ""),
    "capacities, number": (
        *("capacities", CAPACITIES, CAPACITIES.replace("12", "1.234"), "without a mark (1200)"),
        *(CAPACITIES.replace("12", "1234"), ""),
    ),
    "capacities, day": (
        *("capacities", CAPACITIES, CAPACITIES.replace("2026-01-31", "31.1.2026"), "a day as YYYY-MM-DD"),
        *(CAPACITIES, ""),
    ),
    "hub, location": ("hub", HUB, HUB.replace("a-1", "a-11"), "nearest: a-1", HUB, ""),
    "hub, column": ("hub", HUB, HUB.replace("horizon", "step"), "missing", HUB, ""),
    "hub, quantile twice": ("hub", HUB, f"{HUB}{FIRST}\n", "the same quantile stands in the file twice", HUB, ""),
    "hub, date": ("hub", HUB, HUB.replace("2026-11-09", "9.11.2026"), "expected YYYY-MM-DD", HUB, ""),
}


@pytest.mark.parametrize("case", ADVICE)
def test_what_is_refused_is_taken_as_its_message_says(tmp_path: Path, case: str) -> None:
    source, good, spoilt, advice, mended, mapping = ADVICE[case]
    name = NAME if source == "hub" else "figures.csv"
    for folder in ("good", "spoilt", "mended"):
        (tmp_path / folder).mkdir()
    assert told(tmp_path / "good", source, good, mapping=LONG, name=name) == ""
    assert advice in told(tmp_path / "spoilt", source, spoilt, mapping=LONG, name=name)
    assert told(tmp_path / "mended", source, mended, mapping=mapping or LONG, name=name) == ""
