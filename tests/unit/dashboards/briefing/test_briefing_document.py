"""What the briefing says is what the edition's files hold."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboards.briefing.document import briefing_document, sections
from dashboards.briefing.four_ps import further_blocks
from dashboards.briefing.judgements import first_even_chances, key_judgements, moves
from dashboards.briefing.model import Box, Bullets, Document, Figure, Heading, Judgement, Paragraph
from dashboards.briefing.past_skill import largest_misses, paired_scores, past_forecasts, skill_ratio
from dashboards.briefing.tables import Table
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number
from dashboards.wording import formats as words
from dashboards.wording.bands import BANDS
from pipelines.editions.edition import Edition
from tests.editions import seal, write_edition, write_risk_tables
from tests.risk_tables import with_parts


@pytest.fixture(scope="module")
def balkans(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def document(balkans: Edition) -> Document:
    return briefing_document(balkans)


def changed(folder: Path, *, manifest: dict[str, Any] | None = None, **columns: object) -> Edition:
    """A small monthly edition with some columns of its risk table, or some of its manifest, replaced."""
    path = write_edition(folder, region_id="small", freq="M", geometry=False, n_segments=3, manifest=manifest)
    risk = with_parts(pd.read_parquet(path / "risk.parquet").assign(**columns))
    risk.to_parquet(path / "risk.parquet")
    write_risk_tables(path, risk, origin_date=pd.Timestamp("2025-04-01"))
    seal(path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
    return Edition(path)


def texts(document: Document) -> str:
    """Every word of the document, one block a line."""
    parts: list[str] = [document.title, document.subtitle, document.mark, *document.footer]
    for block in document.blocks:
        if isinstance(block, Table):
            parts += [block.caption, " | ".join(block.headers)]
            parts += [" | ".join(c.text for c in row) for row in block.rows]
        elif isinstance(block, Figure):
            parts += [block.alt, block.caption.text]
        elif isinstance(block, Heading):
            parts.append(block.text)
        elif isinstance(block, Judgement):
            parts += [block.statement.text, block.evidence.text, block.confidence.text]
        elif hasattr(block, "items"):
            parts += [item.text for item in block.items]
        else:
            parts.append(block.sentence.text)
    return "\n".join(parts)


def numbers(document: Document) -> list[Number]:
    """Every number stated with a reference, in reading order."""
    found: list[Number] = []
    for block in document.blocks:
        if isinstance(block, Table):
            found += [n for row in block.rows for c in row for n in c.numbers]
        elif isinstance(block, Bullets | Box):
            found += [n for item in block.items for n in item.numbers]
        elif isinstance(block, Judgement):
            found += [n for s in (block.statement, block.evidence, block.confidence) for n in s.numbers]
        elif isinstance(block, Figure):
            found += block.caption.numbers
        elif isinstance(block, Paragraph):
            found += block.sentence.numbers
    return found


def stated_value(edition: Edition, number: Number) -> str:
    """The number again, from the file that it names and by the function that it names."""
    assert number.form is not None
    where: dict[str, Any] = dict(number.where)
    if number.table == "forecast":
        key = {**where, "nationality": "TOTAL"}
        key |= {"time": pd.Timestamp(where["time"])} if "time" in where else {}
        key |= {"quantile": float(where["quantile"])} if "quantile" in where else {}
        arrays = [edition.forecast[c] for c in number.columns]
        values = [float(a.sel({d: v for d, v in key.items() if d in a.dims})) for a in arrays]
        return number.form(*values)
    frame = pd.read_parquet(edition.folder / f"{number.table}.parquet")
    for key, value in where.items():
        frame = frame[frame[key].astype(str).eq(str(value))]
    values = [float(frame.iloc[0][c]) for c in number.columns]
    return number.form(*values)


def test_document_states_every_number_as_the_files_hold_it(balkans: Edition, document: Document) -> None:
    found = [n for n in numbers(document) if n.form is not None and n.shown != words.NO_DATA]
    wrong = {n.anchor: (n.shown, again) for n in found if n.shown not in (again := stated_value(balkans, n))}
    assert len(found) > 60
    assert wrong == {}


def test_document_prints_each_number_in_its_sentence(balkans: Edition) -> None:
    for judgement in key_judgements(Facts(balkans)):
        for sentence in (judgement.statement, judgement.evidence, judgement.confidence):
            assert all(n.shown in sentence.text for n in sentence.numbers)


def test_judgements_count_the_moves_of_the_risk_table(balkans: Edition) -> None:
    risk = balkans.risk
    rows = risk[risk["indicator"].eq("irregular_crossings") & risk["horizon"].eq(3) & risk["level"].eq("segment")]
    now, before = (rows[c].map({b: i for i, b in enumerate(BANDS)}) for c in ("pressure_band", "previous_band"))
    steps = [x for x in moves(Facts(balkans)) if x is not None]
    assert sorted(steps) == sorted((now - before).dropna().astype(int))


def test_judgements_count_even_chances_of_the_risk_table(balkans: Edition) -> None:
    risk = balkans.risk
    rows = risk[risk["indicator"].eq("irregular_crossings") & risk["level"].eq("segment")]
    assert len(first_even_chances(Facts(balkans))) == int(
        rows.groupby("unit")["exceedance_probability"].max().ge(0.5).sum()
    )


def test_record_states_the_ratio_of_mean_errors(balkans: Edition, document: Document) -> None:
    scores = pd.read_parquet(balkans.folder / "scores.parquet")
    scores = scores[scores["location"].isin(balkans.risk.loc[balkans.risk["level"].eq("segment"), "segment"])]
    means = scores.groupby("model")["wis_log1p"].mean()
    assert skill_ratio(paired_scores(Facts(balkans))) == pytest.approx(means["routecast"] / means["baseline"])
    assert f"was {means['routecast'] / means['baseline']:.2f} of the baseline's" in texts(document)


def test_record_names_the_largest_misses_outside_their_range(balkans: Edition) -> None:
    misses = largest_misses(past_forecasts(Facts(balkans)))
    assert ((misses["observed"] < misses["q025"]) | (misses["observed"] > misses["q975"])).all()
    assert misses["distance"].is_monotonic_decreasing


def test_judgements_keep_likelihood_and_confidence_apart(document: Document) -> None:
    for line in texts(document).splitlines():
        for sentence in re.split(r"(?<=[.!?])\s", line):
            assert not ("onfidence" in sentence and re.search(r"likely|chance \(|possibility \(", sentence)), sentence


def test_document_stars_kosovo_wherever_it_is_named(document: Document) -> None:
    named = re.sub(r"ICJ Opinion on the Kosovo declaration", "", texts(document))
    assert not re.search(r"Kosovo(?!\*)", named)
    assert any("without prejudice" in line for line in document.footer)


def test_document_marks_synthetic_data(document: Document) -> None:
    assert document.mark.startswith("SYNTHETIC DATA")


def test_document_has_no_mark_when_the_data_are_real(tmp_path: Path) -> None:
    edition = Edition(write_edition(tmp_path, region_id="small", n_segments=1, geometry=False, synthetic=False))
    assert briefing_document(edition).mark == ""


def test_document_prints_no_observed_count_of_one_to_nine(document: Document) -> None:
    observed = [n for n in numbers(document) if n.form is words.count]
    assert observed
    assert not any(re.fullmatch("[1-9]", n.shown) for n in observed)


def test_document_says_no_data_of_an_indicator_without_figures(document: Document, tmp_path: Path) -> None:
    assert "Reports on illicit financial flows (reports) | no data | – | –" in texts(document)
    few = Edition(write_edition(tmp_path, n_segments=3, indicators=("irregular_crossings",)))
    assert "Reports on illicit financial flows (reports) | no data | – | no data | –" in texts(briefing_document(few))


@pytest.mark.parametrize(
    ("withheld", "said"),
    [
        (False, "no figure of the last four months is known."),
        (True, "figures of the last four months are withheld here."),
    ],
)
def test_judgement_on_unknown_recent_figures_says_so_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, withheld: bool, said: str
) -> None:
    monkeypatch.setattr(Facts, "withholds_recent", lambda *_: withheld)
    edition = changed(tmp_path, last_mean=np.nan, trend_percent=np.nan)
    first = next(b for b in briefing_document(edition).blocks if isinstance(b, Judgement))
    assert f"; {said}" in first.evidence.text
    assert words.NO_DATA not in first.evidence.text


def test_document_says_why_there_is_no_map_when_a_region_has_no_geometry(tmp_path: Path) -> None:
    document = briefing_document(changed(tmp_path))
    assert "No map: this edition of Small region holds no geometry of segments." in texts(document)


def test_document_speaks_of_months_in_a_monthly_region(tmp_path: Path) -> None:
    words_used = texts(briefing_document(changed(tmp_path)))
    assert "June 2025" in words_used
    assert not re.search(r"\bweeks?\b", words_used)


def test_document_has_no_direction_column_when_no_country_is_named(tmp_path: Path) -> None:
    tables = [b for b in briefing_document(changed(tmp_path)).blocks if isinstance(b, Table)]
    assert "Direction" not in tables[0].headers


def test_judgement_says_no_band_when_no_unit_has_one(tmp_path: Path) -> None:
    columns = {"pressure_band": None, "previous_band": None, "exceedance_probability": np.nan, "capacity": np.nan}
    document = briefing_document(changed(tmp_path, **columns))
    assert "No segment has a pressure band in June 2025" in texts(document)


def test_judgement_says_calm_when_every_band_is_low(tmp_path: Path) -> None:
    columns = {"pressure_band": "low", "previous_band": "low", "exceedance_probability": 0.0}
    found = texts(briefing_document(changed(tmp_path, **columns)))
    assert "No segment stands above low pressure in June 2025." in found
    assert "No segment changed its band" in found
    assert "For June 2025, no segment has another band than was expected in the forecast of the month before." in found


def test_document_claims_no_change_when_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    edition = changed(tmp_path, manifest={"compared_with": {"kind": "none", "id": None}}, previous_band=None)
    found = texts(briefing_document(edition))
    assert "There is no earlier edition to compare with" in found
    assert "moved up" not in found


def test_document_survives_an_edition_without_scores_or_past_forecasts(tmp_path: Path) -> None:
    edition = changed(tmp_path)
    for name in ("scores", "backtest"):
        path = edition.folder / f"{name}.parquet"
        pd.read_parquet(path).iloc[:0].to_parquet(path)
    found = texts(briefing_document(Edition(edition.folder)))
    assert "nothing can be said about past forecasts" in found


def test_document_says_nothing_is_possible_when_no_forecast_is_held(tmp_path: Path) -> None:
    found = texts(briefing_document(changed(tmp_path, q50=np.nan)))
    assert "no judgement is possible" in found


def test_prevention_says_that_no_lead_time_is_known_when_there_is_no_capacity(tmp_path: Path) -> None:
    found = texts(briefing_document(changed(tmp_path, exceedance_probability=np.nan, capacity=np.nan)))
    assert "No planned capacity is on record" in found


def test_prevention_names_the_first_period_in_which_it_is_likely(tmp_path: Path) -> None:
    edition = changed(tmp_path)
    risk = edition.risk
    one = risk["unit"].eq("segment:s02") & risk["indicator"].eq("irregular_crossings")
    risk["exceedance_probability"] = 0.0
    risk.loc[one, "exceedance_probability"] = [0.1, 0.2, 0.5, 0.6, 0.4, 0.1]
    write_risk_tables(edition.folder, risk, origin_date=pd.Timestamp("2025-04-01"))
    assert "Sector 2 | – | August 2025 | in 3 months | 1 month | " in texts(briefing_document(Edition(edition.folder)))


def test_a_period_that_was_over_by_the_day_of_issue_says_so(tmp_path: Path) -> None:
    edition = changed(tmp_path, manifest={"as_of": "2025-06-04"}, exceedance_probability=0.9, capacity=50.0)
    found = texts(briefing_document(edition))
    assert "| since May 2025 | over, reports open | 6 months |" in found
    assert "at its highest, in May 2025 (over, reports open)." in found
    assert "since May 2025 (over, reports open), for 6 months in a row, each likely by itself" in found


def test_judgements_state_no_number_without_a_reference(balkans: Edition) -> None:
    facts = Facts(balkans)
    known = {facts.period(start) for start in facts.risk["target_start"]} | {
        facts.place(r) for _, r in facts.ranked.iterrows()
    }
    known |= {"1.5 times", "80 % range", *facts.ranked["band_rule"]}
    for judgement in key_judgements(facts):
        for sentence in (judgement.statement, judgement.evidence, judgement.confidence):
            left = sentence.text
            for part in sorted(known | {n.shown for n in sentence.numbers}, key=len, reverse=True):
                left = left.replace(part, "")
            left = re.sub(r"(last|next|the) \d+ weeks", "", left)  # the outlook's length and the window: settings
            left = re.sub(r"\d+ (very high|high|moderate|low|without a band)", "", left)  # checked in the next test
            assert not re.search(r"\d", left), left


def test_judgements_count_the_bands_of_the_risk_table(balkans: Edition) -> None:
    risk = balkans.risk
    rows = risk[risk["indicator"].eq("irregular_crossings") & risk["horizon"].eq(3) & risk["level"].eq("segment")]
    counted = rows["pressure_band"].fillna("without a band").str.replace("_", " ").value_counts()
    evidence = key_judgements(Facts(balkans))[-1].evidence.text
    stated = {word: int(n) for n, word in re.findall(r"(\d+) (very high|high|moderate|low|without a band)", evidence)}
    assert stated == counted.to_dict()


def test_document_names_the_edition_that_it_is_compared_with(tmp_path: Path) -> None:
    edition = changed(tmp_path, manifest={"compared_with": {"kind": "edition", "id": "2025-03"}})
    said = texts(briefing_document(edition))
    assert "For June 2025, 1 segment moved up a band and no segments moved down" in said
    assert "Compared: what was expected of June 2025 in the edition 2025-03, and what is expected of it now." in said


def test_method_names_the_models_that_ran_for_the_indicator(document: Document) -> None:
    assert "(baseline, exponential smoothing, Prophet, seasonal naive, unobserved components)" in texts(document)


@pytest.mark.parametrize(("manifest", "told"), [({}, False), ({"profile": "partner"}, True)])
def test_method_tells_partners_alone_that_their_figures_differ_by_design(
    tmp_path: Path, manifest: dict[str, str], *, told: bool
) -> None:
    found = texts(briefing_document(changed(tmp_path, manifest=manifest)))
    assert ("differ from those that the institution itself reads, by design" in found) is told


def test_record_names_no_miss_that_its_printed_range_holds() -> None:
    past = pd.DataFrame(
        {
            "unit": ["a"],
            "target_start": [pd.Timestamp("2025-01-01")],
            "observed": [0.0],
            "q025": [0.3],
            "q50": [9.0],
            "q975": [48.0],
        }
    )
    assert largest_misses(past).empty


def test_judgement_has_low_confidence_when_the_backtest_has_few_cutoffs(tmp_path: Path) -> None:
    found = texts(briefing_document(changed(tmp_path, manifest={"cutoffs": {"irregular_crossings": 1}})))
    assert "Only 1 past cutoff in the backtest: too few to judge" in found
    assert not re.search(r"Analytical confidence: (high|moderate)", found)


def test_points_table_shows_median_and_80_percent_range_of_the_risk_table(balkans: Edition, document: Document) -> None:
    risk = pd.read_parquet(balkans.folder / "risk.parquet")
    rows = risk[
        risk["indicator"].eq("irregular_crossings") & risk["horizon"].eq(3) & risk["unit"].eq("segment:HUN-SRB-02")
    ]
    row = rows.iloc[0]
    table = next(b for b in document.blocks if isinstance(b, Table))
    shown = dict(zip(table.headers, (c.text for c in table.rows[0]), strict=True))
    expected = {
        "": "1",
        "Place": "Horgoš – Röszke",
        "Direction": "Serbia → Hungary",
        "Band": "very high",
        "Median": words.number(row["q50"]),
        "80 % range": f"{words.number(row['q10'])}–{words.number(row['q90'])}",
        "Chance of exceeding": words.percent(row["exceedance_probability"]),
        "Change of band": "unchanged",
    }
    assert shown | expected == shown


def test_indicator_of_no_other_table_stands_among_the_further_ones(tmp_path: Path) -> None:
    path = write_edition(tmp_path)
    table = pd.read_parquet(path / "prosecution.parquet")
    table[table["indicator"].ne("smuggling_cases")].to_parquet(path / "prosecution.parquet")
    seal(path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
    (panel,) = (b for b in further_blocks(Facts(Edition(path))) if isinstance(b, Table))
    assert [row[0].text for row in panel.rows] == ["Smuggling cases (cases)"]


def test_briefing_has_no_further_indicators_where_every_one_has_its_table(document: Document) -> None:
    assert "Further indicators" not in sections(document).values()
