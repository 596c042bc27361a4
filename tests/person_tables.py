"""A small table for every door, in the layout that the door reads: what is planted in it stands beside good figures."""

import calendar
from dataclasses import dataclass

import pandas as pd

PACK = """
name: Every door
freq: M
indicators:
  irregular_crossings: {unit: persons, sensitivity: public}
  asylum_applications: {unit: persons, sensitivity: public}
  refusals_of_entry: {unit: persons, sensitivity: public}
  deaths_missing: {unit: persons, sensitivity: public}
  displaced_present: {unit: persons, sensitivity: public, kind: stock}
countries: {HRV: Croatia, ITA: Italy, BIH: Bosnia, LBY: Libya, USA: United States, MEX: Mexico}
segments:
  - {id: yuma, name: Yuma, border: MEX-USA}
  - {id: tucson, name: Tucson, border: MEX-USA, neighbours: [yuma]}
  - {id: una, name: Una, border: BIH-HRV}
  - {id: italy, name: Italy, border: LBY-ITA}
routes:
  - {id: south_west, name: South-west, segments: [yuma, tucson]}
  - {id: western_balkan, name: Western Balkan Route, segments: [una]}
  - {id: central, name: Central route, segments: [una]}
  - {id: central_mediterranean, name: Central Mediterranean Route, segments: [italy]}
"""
MAPPING = """
source: office
columns: {place: Section, nationality: Citizenship, period_start: Month, count: Number}
constants: {indicator: irregular_crossings, place_kind: segment, period: M}
"""
MONTHS = pd.date_range("2010-01-01", periods=150, freq="MS")
GROUPS = ("AFG", "SYR", "IRQ", "PAK")
NAMES = ("Syria", "Iraq", "Mali", "Chad", "Cuba", "Mexico")
PLACES = ("yuma", "tucson", "una", "italy")
INDICATORS = ("irregular_crossings", "asylum_applications", "deaths_missing")


@dataclass(frozen=True)
class DoorTable:
    """What a door takes; `line` is a row's cells, with `_parts` to fill in."""

    head: str
    line: str
    file: str = "figures.csv"
    delimiter: str = ","

    @property
    def header(self) -> list[str]:
        """The headings."""
        return self.head.split(self.delimiter)

    def rows(self, number: int) -> list[list[str]]:
        """So many rows, each of a figure of its own."""
        return [self.line.format(**_parts(n)).split(self.delimiter) for n in range(number)]


def _parts(n: int) -> dict[str, object]:
    """What differs from row to row: dates, groups and places, each in the ways in which providers write them."""
    month, year, day = MONTHS[n // 4 % 150], n // 12, n % 28 + 1
    target = pd.Timestamp("2026-10-01") + pd.offsets.MonthEnd(n // 5 % 12 + 2)  # of a forecast
    level = (0.025, 0.25, 0.5, 0.75, 0.975)[n % 5]
    return {
        **{"n": n + 1, "month": f"{month:%Y-%m-%d}", "ym": f"{month:%Y-%m}", "group": GROUPS[n % 4]},
        **{"alpha2": GROUPS[n % 4][:2], "place": PLACES[n // 4 % 4], "other": PLACES[n % 4]},
        **{
            "indicator": INDICATORS[n // 16 % 3],
            "kind": INDICATORS[n // 4 % 3],
            "name": NAMES[n // 2 % 6],
            "name_of_many": NAMES[n // 108 % 6].upper(),
        },
        **{
            "border": ("Land", "Sea")[n % 2],
            "number": n % 12 + 1,
            "abbreviated": calendar.month_abbr[n % 12 + 1].upper(),
        },
        **{"year": 2010 + year % 15, "of_four": 2010 + n // 4 % 14, "date": f"2015-{n % 12 + 1:02d}-{day:02d}"},
        **{"day": f"2015-{n // 28 % 12 + 1:02d}-{day:02d}", "level": level, "value": 10 + 10 * level},
        **{"horizon": n // 5 % 12 + 1, "end": f"{target:%Y-%m-%d}"},
    }


TABLES: dict[str, DoorTable] = {
    "csv": DoorTable(
        "indicator,place_kind,place,period_start,period,nationality,count,status,missing_reason,route,as_of,"
        "count_upper,lon,lat",
        "irregular_crossings,segment,yuma,{month},M,{group},{n},final,,south_west,2026-01-05,,,",
    ),
    "table": DoorTable("Section,Citizenship,Month,Number", "Yuma,{group},{ym},{n}"),
    "hub": DoorTable(
        "origin_date,target,horizon,location,target_end_date,output_type,output_type_id,value",
        "2026-10-01,irregular_crossings,{horizon},yuma,{end},quantile,{level},{value}",
        file="2026-10-01-agency-model.csv",
    ),
    "capacities": DoorTable("segment,indicator,value,owner,as_of", "{other},{kind},{n},planning unit,{month}"),
    "frontex": DoorTable(
        "Route,BorderType,NationalityLong,JAN2010,FEB2010,MAR2010", "Western Balkan Route,{border},{name},1,2,{n}"
    ),
    "italy_landings": DoorTable("Data,Valore,Data_Report", "{date},{n},2016-01-31"),
    "missing_migrants": DoorTable(
        "Incident ID,Incident Date,Number of Dead,Minimum Estimated Number of Missing,Coordinates,Migration Route",
        "2015.MMP{n:05d},{date},{n},1,34.1;14.2,Central Mediterranean Route",
    ),
    "cbp_encounters": DoorTable(
        "Fiscal Year,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),Demographic,"
        "Citizenship,Title of Authority,Encounter Type,Encounter Count",
        "{year},{abbreviated},U.S. Border Patrol,Southwest Land Border,Yuma Sector,YUM,Single Adults,{name_of_many},"
        "Title 8,Apprehensions,{n}",
    ),
    "usbp": DoorTable(
        "fy|month|cy|yuma|tucson|monthly_total", "2000|{number}|{year}|{n}|3|{n}", file="figures.txt", delimiter="|"
    ),
    "eurostat_asylum": DoorTable(
        "DATAFLOW,LAST UPDATE,freq,unit,citizen,sex,applicant,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG",
        "ESTAT:MIGR_ASYAPPCTZM(1.0),11/03/24 23:00:00,M,PER,{alpha2},T,ASY_APP,TOTAL,HR,{ym},{n},",
    ),
    "eurostat_refusals": DoorTable(
        "DATAFLOW,LAST UPDATE,freq,reason,border,citizen,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG",
        "ESTAT:MIGR_EIRFS(1.0),11/03/24,A,TOTAL,TOTAL,{alpha2},PER,HR,{of_four},{n},",
    ),
    "iom_dtm": DoorTable(
        "operation,admin0Name,admin1Name,admin1Pcode,reportingDate,roundNumber,displacementReason,numPresentIdpInd",
        "Op,Land,Yuma,L1,{month},{n},Conflict {group},{n}",
    ),
    "unhcr_portal": DoorTable("year,month,individuals", "{year},{number},{n}", file="ITA.csv"),
    "unhcr_western_balkans": DoorTable("Date,Arrivals to Italy,Arrivals to Croatia", "{day},{n},2"),
    "template": DoorTable(
        "indicator,place kind,place id,nationality,2024-01,2024-02", "{indicator},segment,{place},{group},{n},2"
    ),
}
