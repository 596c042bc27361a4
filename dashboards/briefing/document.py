"""The briefing of an edition as a document: pure, the same for HTML and PDF; whole, or some of its sections."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from dashboards.briefing import risk_blocks as risk
from dashboards.briefing.caveats import data_blocks, disclaimer_box, method_box
from dashboards.briefing.four_ps import further_blocks, panel_blocks, point_blocks, prepare_blocks
from dashboards.briefing.judgements import key_judgements
from dashboards.briefing.model import Block, Box, Document, Heading
from dashboards.briefing.past_skill import record_blocks
from dashboards.briefing.pressure_points import changed_blocks, map_block, outlook_blocks, points_blocks
from dashboards.briefing.scenarios import scenario_blocks
from dashboards.edition_view.facts import Facts, route_links
from dashboards.wording import briefing as s, formats as words
from geo.pack.load import PackError, builtin_regions, load_region
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
    facts, manifest = Facts(edition), edition.manifest
    pack = region or _builtin(edition.region_id)
    links = route_links(pack)
    blocks: list[Block] = [
        Heading(s.H_JUDGEMENTS),
        *key_judgements(facts),
        map_block(facts, pack),
        *points_blocks(facts),
        *risk.ciram_blocks(facts),
        *outlook_blocks(facts, links),
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
    as_of = pd.Timestamp(manifest["as_of"])
    period = facts.period(pd.Timestamp(manifest["origin_date"]))
    day = words.long_date(as_of.date())
    return Document(
        title=f"{s.TITLE[facts.freq]} · {words.starred(str(manifest['region_name']))}",
        subtitle=s.SUBTITLE.format(edition=edition.id, period=period, as_of=day, reach=facts.reach),
        as_of=f"{as_of:%Y-%m-%d}",
        mark=s.SYNTHETIC if manifest["synthetic"] else "",
        footer=(s.FOOT_PERSONS, *([str(manifest["footnote"])] if manifest["footnote"] else [])),
        blocks=tuple(blocks),
    )


def _four_panels(facts: Facts) -> list[Block]:
    cases = [*risk.allocation_blocks(facts), *risk.prosecution_blocks(facts)]
    return [*risk.protection_blocks(facts), *cases, *further_blocks(facts)]


def _builtin(region_id: str) -> Region | None:
    if region_id not in builtin_regions():
        return None
    try:
        return load_region(region_id)
    except PackError:  # the edition stands without its pack; the map then has no countries
        return None


def section_names(document: Document) -> list[str]:
    """Headings of the sections, in order."""
    return [block.text for block in document.blocks if isinstance(block, Heading)]


def only(document: Document, names: Sequence[str]) -> Document:
    """The document with these sections alone; the boxes at its end (method, how to read it) always stay.

    Args:
        document: The whole briefing.
        names: Headings of the sections to keep; unknown ones are passed over.
    """
    end = len(document.blocks)
    while end and isinstance(document.blocks[end - 1], Box):
        end -= 1
    kept: list[Block] = []
    keeping = False
    for block in document.blocks[:end]:
        if isinstance(block, Heading):
            keeping = block.text in names
        if keeping:
            kept.append(block)
    return replace(document, blocks=(*kept, *document.blocks[end:]))
