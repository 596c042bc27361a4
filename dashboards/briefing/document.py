"""The briefing of an edition as a document: pure, the same for HTML and PDF."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.caveats import data_blocks, disclaimer_box, method_box
from dashboards.briefing.judgements import key_judgements
from dashboards.briefing.model import Block, Document, Heading
from dashboards.briefing.past_skill import record_blocks
from dashboards.briefing.prepare_and_partners import panel_blocks, partner_blocks, prepare_blocks
from dashboards.briefing.pressure_points import changed_blocks, map_block, outlook_blocks, points_blocks
from dashboards.briefing.risk_blocks import (
    alert_blocks,
    allocation_blocks,
    ciram_blocks,
    prosecution_blocks,
    protection_blocks,
)
from dashboards.briefing.scenarios import scenario_blocks
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.route_links import _builtin, route_links
from dashboards.wording import briefing as s
from dashboards.wording import formats as words
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
    pack = region or _builtin(edition.region_id)
    links = route_links(edition, pack)
    blocks: list[Block] = [
        Heading(s.H_JUDGEMENTS),
        *key_judgements(facts),
        map_block(facts, pack),
        *points_blocks(facts),
        *ciram_blocks(facts),
        *outlook_blocks(facts, links),
        *changed_blocks(facts),
        *alert_blocks(facts),
        *prepare_blocks(facts),
        *(_four_panels(facts) if edition.table("protection").size else panel_blocks(facts)),
        *partner_blocks(facts, links),
        *(scenario_blocks(facts, *what_if) if what_if else ()),
        *record_blocks(facts),
        *data_blocks(facts),
        method_box(facts),
        disclaimer_box(facts),
    ]
    manifest = edition.manifest
    foot = (s.FOOT_PERSONS, *([str(manifest["footnote"])] if manifest.get("footnote") else []))
    return Document(
        title=f"{s.TITLE[facts.freq]} · {words.starred(str(manifest['region_name']))}",
        subtitle=_subtitle(facts),
        as_of=_as_of(edition),
        mark=s.SYNTHETIC if manifest.get("synthetic") else "",
        footer=foot,
        blocks=tuple(blocks),
    )


def _four_panels(facts: Facts) -> list[Block]:
    return [*protection_blocks(facts), *allocation_blocks(facts), *prosecution_blocks(facts)]


def _subtitle(facts: Facts) -> str:
    manifest = facts.edition.manifest
    last = pd.Timestamp(manifest["origin_date"])
    reach = words.periods(facts.last_horizon, facts.freq)
    as_of = words.long_date(pd.Timestamp(_as_of(facts.edition)).date())
    return s.SUBTITLE.format(edition=facts.edition.id, period=facts.period(last), as_of=as_of, reach=reach)


def _as_of(edition: Edition) -> str:
    day = pd.Timestamp(edition.manifest.get("as_of") or edition.manifest["origin_date"])
    return f"{day:%Y-%m-%d}"
