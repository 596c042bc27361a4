import pytest

from pipelines.ingest.reading.nationalities import nationality_code, unknown_nationality


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


def test_unknown_nationality_has_no_code_but_near_names() -> None:
    assert nationality_code("Afghanstan") is None
    assert unknown_nationality("Afghanstan").startswith("unknown nationality 'Afghanstan'; nearest: afghanistan")
    assert unknown_nationality("Zzyzx") == "unknown nationality 'Zzyzx'"
