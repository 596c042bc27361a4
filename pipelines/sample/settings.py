"""The numbers behind the sample. Invented, in the orders of magnitude that are published; none was measured.

Places are named by border or crossing point, not by segment, so that a pack that cuts its borders anew still works.
"""

from dataclasses import dataclass

FIRST_WEEK = "2020-W01"
LAST_WEEK = "2026-W46"
KNOWN_UNTIL_DAYS = 8  # after the last week's Sunday: the Monday on which the demo's edition is made
WARM_UP_WEEKS = 30  # before the first week, so that the first weeks have an upstream
LOOK_AHEAD_WEEKS = 6  # after the last one, for indicators that lead the flow

# Detections of all headline cells by calendar year, final figures (the last year up to its last week).
HEADLINE_TARGETS = {2020: 27_000, 2021: 62_000, 2022: 145_000, 2023: 99_000, 2024: 21_500, 2025: 14_500, 2026: 14_000}

NATIONALITIES = ("SYR", "AFG", "TUR", "MAR", "PAK", "IRQ", "IND")
PUBLISHED_NATIONALITIES = 5  # a partner names its largest groups; the rest over the total is UNK
NATIONALITY_MIX = {
    "GRC": (0.34, 0.30, 0.04, 0.06, 0.14, 0.11, 0.01),
    "BGR": (0.46, 0.27, 0.08, 0.08, 0.06, 0.05, 0.00),
    "air": (0.00, 0.00, 0.22, 0.12, 0.06, 0.02, 0.58),
}
EVEN_MIX = tuple(1 / len(NATIONALITIES) for _ in NATIONALITIES)

# Entries into the region: border → share of the whole.
ENTRY_SHARES = {"SEA-AEGEAN": 0.33, "GRC-TUR": 0.17, "BGR-TUR": 0.49, "SEA-BLACK-SEA-WEST": 0.01}
ENTRY_PEAK_WEEK = 29.0
ENTRY_SEASON = 0.42  # amplitude on the log scale
AIR_COUNTRY = "SRB"
AIR_PEAK = 950.0  # persons a week who arrive by air under a visa policy, at its height

# Where people go from a country: relative weights of its borders; STAY is the rest that ends there.
STAY = "stay"
ONWARD = {
    "GRC": {"GRC-MKD": 0.40, "ALB-GRC": 0.17, "BGR-GRC": 0.02, "SEA-IONIAN": 0.04, STAY: 0.37},
    "MKD": {"MKD-SRB": 0.74, "MKD-XKX": 0.07, "BGR-MKD": 0.012, STAY: 0.18},
    "BGR": {"BGR-SRB": 0.55, "BGR-ROU": 0.07, STAY: 0.38},
    "ALB": {"ALB-MNE": 0.50, "ALB-XKX": 0.26, "SEA-ADRIATIC-SOUTH": 0.02, STAY: 0.22},
    "XKX": {"SRB-XKX": 0.62, "MNE-XKX": 0.16, STAY: 0.22},
    "MNE": {"BIH-MNE": 0.60, "MNE-SRB": 0.09, "HRV-MNE": 0.03, STAY: 0.28},
    "SRB": {"HUN-SRB": 0.44, "BIH-SRB": 0.24, "HRV-SRB": 0.05, "ROU-SRB": 0.07, STAY: 0.20},
    "BIH": {"BIH-HRV": 0.80, STAY: 0.20},
    "HRV": {"HRV-SVN": 0.80, "HRV-HUN": 0.05, STAY: 0.15},
    "HUN": {"AUT-HUN": 0.62, "HUN-SVN": 0.02, STAY: 0.36},
    "ROU": {"HUN-ROU": 0.55, STAY: 0.45},
    "SVN": {"ITA-SVN": 0.62, "AUT-SVN": 0.16, STAY: 0.22},
    "AUT": {"AUT-ITA": 0.06, STAY: 0.94},
}
DEFAULT_STAY = 0.25
TRANSIT_WEEKS = {"BGR": 3, "GRC": 4, "HUN": 1, "SRB": 3, "BIH": 4}  # where the route graph states no lag
DEFAULT_TRANSIT_WEEKS = 2

# Crossing points near which more happens than length alone would say; segments without any see little.
HOT_SPOTS = {
    "horgos-roszke": 6.0,
    "kelebija-tompa": 3.0,
    "maljevac-velika-kladusa": 8.0,
    "izacic-licko-petrovo-selo": 4.5,
    "uzljebic-ripac": 3.5,
    "hrvatska-kostajnica-kostajnica": 1.8,
    "ivanica-gornji-brgat": 1.5,
    "sid-tovarnik": 4.0,
    "batrovci-bajakovo": 2.0,
    "srpska-crnja-jimbolia": 2.5,
    "mali-zvornik-zvornik-karakaj": 3.5,
    "bajina-basta-skelani": 1.8,
    "bogorodica-evzoni": 4.0,
    "presevo-tabanovce": 3.0,
    "svilengrad-kapikule": 1.6,
    "lesovo-hamzabeyli": 2.0,
    "gradina-kalotina": 2.5,
    "kapshtice-krystallopigi": 2.5,
    "hani-i-hotit-bozaj": 2.0,
    "fernetici-fernetti": 4.0,
    "pasjak-starod": 2.5,
    "hegyeshalom-nickelsdorf": 1.6,
}
NO_CROSSING_POINT = 0.3


@dataclass(frozen=True)
class Shift:
    """A lasting or passing change on the log scale.

    Attributes:
        target: A border, a crossing point (its segment), an entry border, `STAY:<country>` or `ENTRIES`.
        change: Added to the log weight once the ramp is over.
        start: ISO week in which it begins.
        end: ISO week in which it begins to fade, with the same ramp; None: it stays.
        ramp_weeks: Weeks until it is there in full.
    """

    target: str
    change: float
    start: str
    end: str | None = None
    ramp_weeks: int = 2


AIR = Shift("air", 1.0, "2022-W08", "2022-W44", 12)  # a visa policy: grows over months, fades by early 2023
SHIFTS = (
    Shift("ENTRIES", -1.5, "2020-W12", "2020-W22", 4),  # closures of spring 2020
    Shift("GRC-TUR", 1.0, "2020-W09", "2020-W12", 1),
    Shift("HUN-SRB", -0.9, "2020-W01", "2021-W30", 26),  # the years in which most went through Bosnia
    # an operation on both sides closes one border and diverts the flow
    Shift("HUN-SRB", -3.0, "2023-W44", None, 4),
    Shift("STAY:SRB", 0.5, "2023-W44", "2024-W10", 4),
    Shift("ROU-SRB", 0.7, "2023-W44", "2024-W26", 5),
    Shift("BIH-SRB", 0.45, "2023-W45", None, 8),
    Shift("maljevac-velika-kladusa", -0.9, "2023-W10", None, 40),  # the western end loses, the middle gains
    Shift("gradiska-stara-gradiska", 0.8, "2024-W05", None, 30),
    # autumn 2026
    Shift("HUN-SRB", 1.9, "2026-W36", None, 12),
    Shift("BGR-TUR", 0.55, "2026-W30", None, 10),
    Shift("hrvatska-kostajnica-kostajnica", 1.7, "2026-W38", None, 10),
    Shift("sid-tovarnik", 0.8, "2026-W37", None, 10),
    Shift("ALB-MNE", 0.45, "2026-W33", None, 10),
)

# Detections per passage by reporting country: effort differs, and one person may be detected several times.
DETECTION = {"HUN": 1.30, "HRV": 0.80, "ROU": 0.70, "BGR": 0.60, "SRB": 0.34, "MKD": 0.40, "GRC": 0.75, "SVN": 0.80}
DEFAULT_DETECTION = 0.30
DISPERSION = 14.0  # size of the negative binomial: variance = mean + mean² / size

SMUGGLING_PER_DETECTION = 0.022
THB_PER_DETECTION = 0.0011
IFF_PER_DETECTION = 0.010
DEATHS_PER_DETECTION = {
    "SEA-AEGEAN": 0.0022,
    "GRC-TUR": 0.0011,
    "BIH-HRV": 0.0005,
    "BIH-SRB": 0.0009,
    "BGR-TUR": 0.0004,
    "HUN-SRB": 0.0002,
    "HRV-SVN": 0.0003,
    "SEA-IONIAN": 0.006,
}
SMUGGLING_LAG, THB_LAG, IFF_LEAD = 1, 6, 3  # weeks
# What the members of the region's risk analysis network exchange by month: per detection, and weeks after it (negative:
# before: who is turned back at a crossing point, or found with a false document, tries the border beside it).
NETWORK = ("ALB", "BIH", "XKX", "MKD", "MNE", "SRB")
NETWORK_PER_DETECTION = {
    "illegal_stay": (0.09, 3),
    "refusals_of_entry": (0.02, -1),
    "asylum_applications": (0.12, 1),
    "false_documents": (0.012, -2),
}
NETWORK_DISPERSION = 8.0
REFUSALS_PER_POINT = 5.0  # a week, at each crossing point
# Countries whose reception is watched, and beside which segment most places are.
RECEPTION = {"GRC": 2, "BGR": 2, "SRB": 3, "MKD": 2, "BIH": 3, "HRV": 2, "ALB": 1, "MNE": 1, "SVN": 1}

BORDER_REPORTER = "MNE"  # knows its figures by border only
POINT_REPORTER = "ROU"  # knows them by crossing point
NATIONALITIES_SINCE = "2022-W01"  # nationalities are named at the headline cells, and only since then
SUPPRESSING_REPORTER = "SVN"  # prints small counts of victims as <5
SLOW_REPORTERS = ("ALB", "XKX", "BIH")
COMPLETENESS = (70.0, 2.0)  # beta distribution of the share that the first version of a figure holds
SLOW_COMPLETENESS = (24.0, 2.0)
NOT_REPORTED_SHARE = 0.004
SILENT_WEEKS = {"XKX": ("2023-W28", "2023-W30"), "ALB": ("2025-W52", "2026-W01"), "ROU": ("2026-W20", "2026-W20")}
CLOSED = ("kelebija-tompa", "2024-W10", "2024-W18")  # a crossing point's segment shut by works
CAPACITY_SEGMENTS = 25
CAPACITY_OWNER = "synthetic planning unit"
CAPACITY_AS_OF = "2026-11-01"
CAPACITY_RANGE = (0.55, 2.0)  # planned weekly capacity ÷ level of the eight weeks before it was planned
