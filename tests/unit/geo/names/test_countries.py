import pytest

from geo.names.countries import country_candidates, country_code

UNITED_NATIONS = """\
Bolivia (Plurinational State of)|BOL
China, Hong Kong SAR|HKG
Dem. People's Rep. of Korea|PRK
Dominican Rep.|DOM
Iran (Islamic Rep. of)|IRN
Lao People's Dem. Rep.|LAO
Micronesia (Federated States of)|FSM
Netherlands (Kingdom of the)|NLD
Rep. of Korea|KOR
Rep. of Moldova|MDA
State of Palestine|PSE
Syrian Arab Rep.|SYR
United Kingdom of Great Britain and Northern Ireland|GBR
United Rep. of Tanzania|TZA
Venezuela (Bolivarian Republic of)|VEN
The former Yugoslav Republic of Macedonia|MKD
"""
WORLD_BANK = """\
Bahamas, The|BHS
Congo, Dem. Rep.|COD
Congo, Rep.|COG
Cote d'Ivoire|CIV
Egypt, Arab Rep.|EGY
Gambia, The|GMB
Hong Kong SAR, China|HKG
Iran, Islamic Rep.|IRN
Korea, Dem. People's Rep.|PRK
Korea, Rep.|KOR
Kyrgyz Republic|KGZ
Lao PDR|LAO
Micronesia, Fed. Sts.|FSM
Slovak Republic|SVK
St. Kitts and Nevis|KNA
Venezuela, RB|VEN
Virgin Islands (U.S.)|VIR
West Bank and Gaza|PSE
Yemen, Rep.|YEM
"""
OTHERS = """\
CHINA, PEOPLES REPUBLIC OF|CHN
MYANMAR (BURMA)|MMR
Myanmar/Burma|MMR
Tanzania, United Republic of|TZA
Taiwan, Province of China|TWN
Virgin Islands, British|VGB
Côte d’Ivoire|CIV
U.S.A.|USA
D.R. Congo|COD
Türkiye (Turkey)|TUR
Holy See (Vatican City State)|VAT
Zaire, Republic of|COD
German Democratic Republic|DEU
"""
REGION = """\
Косово|XKX
Kosova|XKX
Kosovë/Kosovo|XKX
Kosovo*|XKX
Kosovo (UNSCR 1244/99)|XKX
Kosovo (under UN Security Council Resolution 1244)|XKX
Kosovo* (This designation is without prejudice, in line with UNSCR 1244/1999)|XKX
Kosovo: S/RES/1244 (1999)|XKX
Турска|TUR
Törökország|TUR
Τουρκία|TUR
Турция|TUR
Turčija|TUR
Avganistan|AFG
Afghanistán|AFG
Авганистан|AFG
Siria|SYR
Συρία|SYR
Suriye|SYR
سوريا|SYR
Shqipëria|ALB
Severna Makedonija|MKD
Северна Македонија|MKD
Bosna i Hercegovina|BIH
Marokó|MAR
"""
CODES = "SY|SYR\nEL|GRC\nUK|GBR\nXK|XKX\nKV|XKX\nKS|XKX\nXKO|XKX\nKOS|XKX\nROU|ROU\nROM|ROU\nTP|TLS\n"


@pytest.mark.parametrize(
    "line", [line for text in (UNITED_NATIONS, WORLD_BANK, OTHERS, REGION, CODES) for line in text.splitlines()]
)
def test_country_is_known_as_providers_write_it(line: str) -> None:
    name, code = line.split("|")
    assert country_code(name) == code


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Serbia and Kosovo: S/RES/1244 (1999)", {"SRB", "XKX"}),
        ("Serbia (incl. Kosovo)", {"SRB", "XKX"}),
        ("Srbija i Crna Gora", set()),  # no list of two countries in every language: refused, not guessed
        ("Serbia and Montenegro", {"SRB", "MNE"}),
        ("Yugoslavia", set()),
        ("YUG", {"SRB", "MNE"}),
        ("Korea", {"KOR", "PRK"}),
        ("Syria/Iraq", {"SYR", "IRQ"}),
        ("Virgin Islands", {"VGB", "VIR"}),
    ],
)
def test_country_has_candidates_where_a_name_means_several(name: str, codes: set[str]) -> None:
    assert set(country_candidates(name)) == codes
    assert country_code(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "Narnia", "Republic of", "sy", "QQ", "NA", "EXT_EU27_2020", "Kosovo Polje", "1244", "Kosovo 1244 Some One"],
)
def test_country_is_unknown_where_nothing_is_meant(name: str) -> None:
    assert country_candidates(name) == ()


@pytest.mark.parametrize(("name", "code"), [("Congo", "COG"), ("Guinea", "GIN"), ("Sudan", "SDN"), ("Samoa", "WSM")])
def test_short_name_is_the_country_that_bears_it(name: str, code: str) -> None:
    assert country_code(name) == code


def test_niger_and_nigeria_dominica_and_the_dominican_republic_stay_apart() -> None:
    names = ("Niger", "Nigeria", "Dominica", "Dominican Republic", "Austria", "Australia", "Guinea-Bissau", "Guinea")
    assert [country_code(name) for name in names] == ["NER", "NGA", "DMA", "DOM", "AUT", "AUS", "GNB", "GIN"]
