"""The displacement matrix on the page: a place, where it would turn to, with what lag and how surely."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboards.components.cached_editions import ground
from dashboards.components.draw_figure import draw
from dashboards.components.scenarios.assumption_fields import segment_names
from dashboards.edition_view.facts import Facts
from dashboards.figures.displacement import displacement_map
from dashboards.server.audit_trail import recorded
from dashboards.wording import formats as words
from dashboards.wording import scenarios as texts
from forecasting.scenarios.assumptions import Scenario
from pipelines.publish.export.spreadsheets import as_text
from pipelines.scenarios.compare import displacement_matrix
from pipelines.scenarios.scenario_edition import ScenarioEdition


def draw_turn(base: ScenarioEdition, facts: Facts, scenarios: Sequence[Scenario] = ()) -> None:
    """Choose a place, first those that the scenarios hold back; its row as flow map and table."""
    names = segment_names(base)
    held = [segment for s in scenarios for segment in s.held_segments]
    options = list(dict.fromkeys([*held, *names]))
    segment = st.selectbox(texts.TIGHTENS, options, format_func=lambda s: f"{names[s]} ({s})", key="turn_segment")
    mine = displacement_matrix(base, [segment])
    if mine.empty:
        st.caption(texts.TURN_NONE)
        return
    left, right = st.columns([5, 8], gap="medium")
    figure = displacement_map(mine, base.region, ground(facts.edition.region_id), segment=segment)
    if figure is None:
        left.caption(texts.NO_MAP)
    else:
        alt = texts.TURN_ALT.format(place=names[segment])
        draw(figure, facts, name=f"turn-{segment}", alt=alt, box=left, is_map=True)
    config = {texts.TURN_TABLE["alternative"]: st.column_config.TextColumn(width=290)}
    rows = turn_rows(mine, names, freq=facts.freq)
    right.dataframe(rows, hide_index=True, width="stretch", key="turn_table", column_config=config)
    right.caption(texts.TURN_NOTE)
    name = f"routecast-{facts.edition.region_id}-{facts.edition.id}-displacement.csv"
    make = recorded(lambda _: matrix_csv(displacement_matrix(base)), name)
    right.download_button(texts.TURN_CSV, make, name, "text/csv")


def turn_rows(matrix: pd.DataFrame, names: Mapping[str, str], *, freq: str) -> pd.DataFrame:
    """One segment's row of the matrix as texts, without shares under half a per cent."""
    mine = matrix[matrix["share"] >= 0.005]
    rows = [
        {
            "alternative": f"{names.get(str(r.alternative), '')} ({r.alternative})",
            "share": words.share(r.share),
            "range": f"{100 * r.share_q10:.0f}–{100 * r.share_q90:.0f} %",
            "lag": lag_word(float(r.lag_periods), freq),
            "hops": f"{r.hops:.0f}",
            "history": words.share(r.from_history),
        }
        for r in mine.itertuples()
    ]
    return pd.DataFrame(rows, columns=list(texts.TURN_TABLE)).rename(columns=texts.TURN_TABLE)


def lag_word(periods: float, freq: str) -> str:
    """The mean lag in words; under a tenth of a period it is none."""
    if periods < 0.1:
        return texts.AT_ONCE.format(step=words.period_word(freq))
    whole = round(periods, 1)
    return words.periods(int(whole), freq) if whole == int(whole) else f"{whole:.1f} {words.period_word(freq)}s"


def matrix_csv(matrix: pd.DataFrame) -> bytes:
    """The whole matrix as CSV."""
    safe = matrix.assign(segment=matrix["segment"].map(as_text), alternative=matrix["alternative"].map(as_text))
    return str(safe.to_csv(index=False, float_format="%.4g")).encode()
