"""The briefing of an edition as a document: pure, the same for HTML and PDF; whole, or some of its sections."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dashboards.briefing import risk_blocks as risk
from dashboards.briefing.caveats import data_blocks, disclaimer_box, method_box
from dashboards.briefing.four_ps import further_blocks, panel_blocks, point_blocks, prepare_blocks
from dashboards.briefing.issue import about_lines
from dashboards.briefing.judgements import key_judgements
from dashboards.briefing.model import Block, Document, Heading
from dashboards.briefing.past_skill import record_blocks
from dashboards.briefing.preparation import recommended_blocks
from dashboards.briefing.pressure_points import changed_blocks, outlook_blocks, points_blocks
from dashboards.briefing.scenarios import comparison_page_blocks, scenario_blocks, scenario_page_blocks
from dashboards.briefing.year_ahead import briefing_year_blocks
from dashboards.edition_view.facts import Facts, route_links
from dashboards.wording import briefing as s, formats as words, scenarios as texts
from geo.pack.load import builtin_region
from geo.region.region import Region
from pipelines.editions.edition import Edition
from pipelines.scenarios.compare import Compared


def briefing_document(
    edition: Edition, *, region: Region | None = None, what_if: tuple[Compared, Sequence[str]] | None = None
) -> Document:
    """Build the briefing from an edition's files alone; the region adds country shapes and the route graph.

    Args:
        edition: A published (or staged) edition.
        region: The region's pack; by default the built-in one of the edition's region id, if there is one.
        what_if: Scenarios beside the edition's baseline and their texts, where some were chosen.
    """
    facts = Facts(edition)
    pack = region or builtin_region(edition.region_id)  # without: the map has no countries
    links = route_links(pack)
    blocks: list[Block] = [
        Heading(s.H_JUDGEMENTS, "judgements"),
        *key_judgements(facts),
        *recommended_blocks(facts, links),
        *points_blocks(facts, pack),
        *risk.ciram_blocks(facts),
        *outlook_blocks(facts, links),
        *briefing_year_blocks(facts),
        *changed_blocks(facts),
        *risk.alert_blocks(facts),
        *prepare_blocks(facts),
        *(_four_panels(facts) if edition.table("protection").size else panel_blocks(facts)),
        *point_blocks(facts, links),
        *(scenario_blocks(facts, *what_if) if what_if else ()),
        *record_blocks(facts),
        *data_blocks(facts),
        method_box(facts),
        disclaimer_box(facts),
    ]
    return framed(facts, s.TITLE[facts.freq], blocks)


def scenario_document(facts: Facts, compared: Compared, text: str) -> Document:
    """One scenario's result at the reader's period, for one page.

    Args:
        facts: The edition at a period.
        compared: The scenario beside the edition's baseline.
        text: The scenario as its file says it.
    """
    blocks = scenario_page_blocks(facts, compared, text)
    return framed(facts, texts.SCENARIO_TITLE.format(name=compared.scenarios[0].name), blocks)


def comparison_document(facts: Facts, compared: Compared, written: Sequence[str]) -> Document:
    """Several scenarios beside each other at the reader's period, for one page.

    Args:
        facts: The edition at a period.
        compared: The scenarios beside the edition's baseline.
        written: The scenarios as their files say them, in the same order.
    """
    title = texts.COMPARISON_TITLE.format(n=len(compared.scenarios))
    return framed(facts, title, comparison_page_blocks(facts, compared, written))


def framed(facts: Facts, title: str, blocks: Sequence[Block]) -> Document:
    """Blocks as a document of the edition: what it is called, of which day, who may read it."""
    edition, manifest = facts.edition, facts.edition.manifest
    as_of = pd.Timestamp(manifest["as_of"])
    period = facts.period(pd.Timestamp(manifest["origin_date"]))
    day = words.long_date(as_of.date())
    return Document(
        title=f"{title} · {words.starred(str(manifest['region_name']))}",
        subtitle=s.SUBTITLE.format(edition=edition.id, period=period, as_of=day, reach=facts.reach),
        as_of=f"{as_of:%Y-%m-%d}",
        mark=s.SYNTHETIC if manifest["synthetic"] else "",
        handling=s.HANDLING[str(manifest.get("profile", "internal"))],
        footer=(s.FOOT_PERSONS, *([str(manifest["footnote"])] if manifest["footnote"] else [])),
        blocks=tuple(blocks),
        about=about_lines(edition),
    )


def _four_panels(facts: Facts) -> list[Block]:
    cases = [*risk.allocation_sentences(facts), *risk.prosecution_blocks(facts)]
    return [*risk.protection_blocks(facts), *cases, *further_blocks(facts)]


def sections(document: Document) -> dict[str, str]:
    """Key of each section → its heading, in order."""
    return {block.key: block.text for block in document.blocks if isinstance(block, Heading)}


def without(document: Document, keys: Sequence[str]) -> Document:
    """The document without these sections, which it names; the boxes at its end (method, how to read it) always stay.

    Args:
        document: The whole briefing.
        keys: Keys of the sections to leave out; unknown ones are passed over.
    """
    left_out = tuple(block for block in document.blocks if isinstance(block, Heading) and block.key in keys)
    end = len(document.blocks) - len(document.closing)
    kept: list[Block] = []
    keeping = True
    for block in document.blocks[:end]:
        if isinstance(block, Heading):
            keeping = block.key not in keys
        if keeping:
            kept.append(block)
    return replace(document, blocks=(*kept, *document.closing), left_out=left_out)
