import pytest

from geo.locate.places import Match, resolve_place
from geo.pack.load import load_region
from tests.regions import make_region


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("segment", "a-2", "a-2"),
        ("segment", "A-2", "a-2"),
        ("segment", "upper BRIDGE", "a-1"),
        ("segment", "zabljak pass", "b-1"),
        ("segment", "the big bridge", "a-2"),
        ("border", "BBB-AAA", "AAA-BBB"),
        ("border", "Aland – Bland", "AAA-BBB"),
        ("crossing_point", "Dala", "pass"),
        ("crossing_point", "Žabljak–Đala", "pass"),
        ("country", "Cland", "CCC"),
        ("country", "old bland", "BBB"),
        ("route", "southern route", "south"),
        ("route", "Small Route", "small"),
        ("region", "small region", "small"),
        ("region", "Small Route", "small"),
    ],
)
def test_place_resolves_by_id_name_or_alias(kind: str, name: str, expected: str) -> None:
    assert resolve_place(make_region(), kind, name) == Match(expected)


def test_place_suggests_the_nearest_names_when_none_matches() -> None:
    match = resolve_place(make_region(), "segment", "Lower brige")
    assert match.id is None
    assert match.suggestions[0] == "Lower bridge"


def test_place_stays_unresolved_when_a_name_means_two() -> None:
    segments = make_region().segments
    twins = (*segments[:3], type(segments[3])("b-2", "Upper Bridge", "BBB-CCC"))
    match = resolve_place(make_region(segments=twins), "segment", "upper bridge")
    assert match.id is None
    assert match.suggestions


def test_alias_of_another_kind_does_not_match() -> None:
    assert resolve_place(make_region(), "country", "The big bridge").id is None


def test_place_refuses_a_point() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        resolve_place(make_region(), "point", "a-1")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Western Balkan Route", "western_balkan"),
        ("Western Balkans", "western_balkan"),
        ("Eastern Land Borders", "eastern_borders"),
        ("Circular Route from Albania to Greece", "circular_albania_greece"),
        ("Western Africa / Atlantic route to the Canary Islands", "western_african"),
        ("Other", "other"),
    ],
)
def test_frontex_route_names_resolve_in_eu_routes(name: str, expected: str) -> None:
    assert resolve_place(load_region("eu_routes"), "route", name).id == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("fYRoM", "MKD"), ("Kosovo*", "XKX"), ("Türkiye", "TUR"), ("Turkey", "TUR")]
)
def test_country_names_of_sources_resolve_in_western_balkans(name: str, expected: str) -> None:
    assert resolve_place(load_region("western_balkans"), "country", name).id == expected


def test_frontex_eastern_mediterranean_is_not_taken_for_a_route_of_western_balkans() -> None:
    # it holds Cyprus, which no cell of the pack does
    assert resolve_place(load_region("western_balkans"), "route", "Eastern Mediterranean Route").id is None


@pytest.mark.parametrize(
    "name",
    ["Röszke / Horgoš", "Röszke–Horgoš", "Хоргош", "Хоргош–Röszke", "roszke", "Röszke határátkelőhely", "GP Horgoš"],
)
def test_crossing_point_answers_to_its_sides_in_any_order_and_script(name: str) -> None:
    assert resolve_place(load_region("western_balkans"), "crossing_point", name).id == "horgos-roszke"


def test_crossing_point_whose_sides_lie_apart_is_not_guessed() -> None:
    assert resolve_place(load_region("western_balkans"), "crossing_point", "Röszke / Evzoni").id is None


def test_crossing_point_is_refused_with_all_that_a_name_means() -> None:
    match = resolve_place(load_region("western_balkans"), "crossing_point", "Kapıkule")
    assert match.id is None
    assert match.several
    assert match.suggestions == ("Kapitan Andreevo–Kapıkule", "Svilengrad–Kapıkule")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("country", "Северна Македонија", "MKD"),
        ("country", "Косово", "XKX"),
        ("country", "Bosnia-Herzegovina", "BIH"),
        ("country", "Shqipëria", "ALB"),
        ("country", "EL", "GRC"),
        ("border", "Србија – Мађарска", "HUN-SRB"),
        ("border", "Hungary/Serbia", "HUN-SRB"),
        ("border", "Bosnia-Herzegovina – Croatia", "BIH-HRV"),
        ("border", "HU-RS", "HUN-SRB"),
    ],
)
def test_countries_and_borders_are_known_as_providers_write_them(kind: str, name: str, expected: str) -> None:
    assert resolve_place(load_region("western_balkans"), kind, name).id == expected


def test_country_that_no_cell_of_the_region_touches_is_no_place_of_it() -> None:
    assert resolve_place(load_region("western_balkans"), "country", "Afghanistan").id is None


def test_two_countries_in_one_place_are_refused_with_both() -> None:
    match = resolve_place(load_region("western_balkans"), "country", "Serbia and Kosovo: S/RES/1244 (1999)")
    assert match.id is None
    assert match.suggestions == ("Kosovo*", "Serbia")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Капитан Андреево", "kapitan-andreevo-kapikule"),
        ("ГКПП Капитан Андреево / Kapıkule", "kapitan-andreevo-kapikule"),
        ("Κακαβιά", "kakavia-ktismata"),
        ("Εύζωνοι", "bogorodica-evzoni"),
        ("Ειδομένη", "gevgelija-idomeni"),
        ("Кафасан", "qafe-thane-kjafasan"),
        ("Ќафасан", "qafe-thane-kjafasan"),
        ("Гюешево", "deve-bair-gyueshevo"),
        ("Ѓуешево", "deve-bair-gyueshevo"),
        ("Калотина", "gradina-kalotina"),
        ("Hani i Elezit", "blace-hani-i-elezit"),
        ("Ђенерал Јанковић", "blace-hani-i-elezit"),
        ("Merdarë", "merdare-merdar"),
        ("Zsombolya", "srpska-crnja-jimbolia"),
        ("Ipsala", "kipoi-ipsala"),
        ("Κήποι", "kipoi-ipsala"),
        ("Bosanska Gradiška", "gradiska-stara-gradiska"),
        ("Trbiž", "tarvisio-arnoldstein"),
        ("Шид", "sid-tovarnik"),
        ("Djala", "dala-tiszasziget"),
    ],
)
def test_crossing_point_is_known_by_the_neighbours_names(name: str, expected: str) -> None:
    assert resolve_place(load_region("western_balkans"), "crossing_point", name).id == expected


def test_no_alias_of_the_pack_means_two_crossing_points() -> None:
    region = load_region("western_balkans")
    found = {
        alias: resolve_place(region, "crossing_point", alias) for p in region.crossing_points for alias in p.aliases
    }
    assert {alias for alias, match in found.items() if match.id is None} == set()
