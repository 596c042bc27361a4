import pytest

from pipelines.ingest.reading.nationalities import nationality_code, unknown_nationality
from tests.regions import make_region


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Afghanistan", "AFG"),
        ("Kosovo*", "XKX"),
        ("Palestine^", "PSE"),
        ("Unknown", "UNK"),
        ("Stateless", "STATELESS"),
        ("Côte d’Ivoire", "CIV"),
        ("Costa d'Avorio", "CIV"),
        ("Türkiye", "TUR"),
        ("Germany", "DEU"),
        ("Congo (Kinshasa)", "COD"),
        ("Unspecified sub-Saharan nationals", "SUBSAHARAN_UNSPECIFIED"),
        ("SYR", "SYR"),
        ("TOTAL", "TOTAL"),
    ],
)
def test_nationality_code_knows_providers_spellings(name: str, code: str) -> None:
    assert nationality_code(name) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Other nationalities", "OTHER"),
        ("Altri", "OTHER"),
        ("Ostali", "OTHER"),
        ("Останати", "OTHER"),
        ("Të tjerë", "OTHER"),
        ("Diğer", "OTHER"),
        ("Various/unknown", "UNK"),
        ("Nepoznato", "UNK"),
        ("Непознато", "UNK"),
        ("Apatrid", "STATELESS"),
        ("XXA", "STATELESS"),
        ("STLS", "STATELESS"),
        ("Ukupno", "TOTAL"),
        ("Palestinian", "PSE"),
    ],
)
def test_groups_are_known_in_the_providers_languages(name: str, code: str) -> None:
    assert nationality_code(name) == code


def test_unknown_nationality_has_no_code_but_near_names() -> None:
    assert nationality_code("Afghanstan") is None
    assert unknown_nationality("Afghanstan").startswith("unknown nationality 'Afghanstan'; nearest: Afghanistan")
    assert unknown_nationality("Zzyzx") == "unknown nationality 'Z… (5 characters)'"


def test_nationality_that_means_several_is_refused_with_all_of_them() -> None:
    reason = unknown_nationality("Serbia and Kosovo: S/RES/1244 (1999)")
    assert "may be SRB or XKX: write the code" in reason
    assert "NAM or UNK" in unknown_nationality("NA")


@pytest.mark.parametrize(
    "name", ["EXT_EU27_2020", "Extra-EU27 countries (from 2020)", "EU27_2020", "Non-EU28 countries"]
)
def test_group_of_countries_is_no_nationality_and_says_so(name: str) -> None:
    assert nationality_code(name) is None
    assert "group of countries: leave these rows out" in unknown_nationality(name)


def test_packs_own_alias_wins_over_the_names_of_all() -> None:
    region = make_region(nationality_aliases={"Serbia and Kosovo: S/RES/1244 (1999)": "SRB", "Gipsland": "OTHER"})
    assert nationality_code("serbia and kosovo S/RES/1244 (1999)", region) == "SRB"
    assert nationality_code("Gipsland", region) == "OTHER"


def test_name_that_the_pack_gives_a_country_is_a_nationality_too() -> None:
    region = make_region()
    assert nationality_code("old bland", region) == "BBB"
    assert nationality_code("Cland", region) == "CCC"
