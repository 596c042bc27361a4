import pytest

from pipelines.ingest.reading.origins import nearest_origins, origin_code


@pytest.mark.parametrize(
    ("name", "code"),
    [("Afghanistan", "AFG"), ("Kosovo*", "XKX"), ("Palestine^", "PSE"), ("Unknown", "UNK"), ("Stateless", "STATELESS"),
     ("Côte d’Ivoire", "CIV"), ("Costa d'Avorio", "CIV"), ("Türkiye", "TUR"), ("Germany", "DEU"),
     ("Congo (Kinshasa)", "COD"),
     ("Unspecified sub-Saharan nationals", "SUBSAHARAN_UNSPECIFIED"), ("SYR", "SYR"), ("TOTAL", "TOTAL")],
)  # fmt: skip
def test_origin_code_knows_providers_spellings(name: str, code: str) -> None:
    assert origin_code(name) == code


def test_unknown_origin_has_no_code_but_near_names() -> None:
    assert origin_code("Afghanstan") is None
    assert "afghanistan" in nearest_origins("Afghanstan")
