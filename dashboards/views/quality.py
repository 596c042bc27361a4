"""What the figures rest on: reports and delays, what was left out and why, what sources changed, and the sources."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards.components.cached_editions import at_any_lead, made
from dashboards.components.downloads import offer_table
from dashboards.components.draw_figure import draw
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import close_view, open_view, palette
from dashboards.components.selection import choice
from dashboards.edition_view.facts import Facts
from dashboards.figures.reported import reported_figure
from dashboards.wording import formats as words, pages as texts, quality as told
from dashboards.wording.palette import Palette

Rows = list[dict[str, Any]]
LISTED = ("anomalies", "nowcast_sources", "nowcast", "censored", "revisions", "corrections")
SAID_IF_NONE = {"anomalies", "nowcast", "revisions", "corrections"}  # where they are reported: that there are none


def main() -> None:
    """What needs a person, then coverage, the account of every count, recent figures, changes, and the sources."""
    facts = open_view(whole=True, titled=("indicator",))
    quality, manifest = facts.edition.quality, facts.edition.manifest
    st.header(told.QUALITY_TITLE)
    st.caption(told.RUNS_ON.format(edition=facts.edition.id, made=manifest))
    st.markdown(f"**{told.NEEDS_TITLE}**\n\n" + made(_needs_a_person, facts))
    _source_problems(facts)
    _coverage(facts)
    _account(facts, quality)
    if quality.get("files"):  # partners and the public don't see them
        _table(facts, "files", quality["files"])
    for name in LISTED:
        rows = quality.get(name)
        if rows or (rows is not None and name in SAID_IF_NONE):
            _table(facts, name, [r for r in rows if _is_asked_for(facts, name, r)])
    _table(facts, "sources", quality["sources"])
    _table(facts, "inputs", manifest.get("inputs") or [])
    if manifest.get("failures"):
        _table(facts, "failures", manifest["failures"])
    close_view(facts)


def _needs_a_person(facts: Facts) -> str:
    """What somebody has to look after, one line each, as Markdown; the tables below hold the details."""
    quality = facts.edition.quality
    lines = [
        told.SOURCE_PROBLEM.format(source=row["source"], problem=told.SOURCE_PROBLEMS[row["problem"]])
        for row in quality.get("source_problems") or ()
    ]
    late = [
        told.LATE_SOURCE.format(
            source=row["source"],
            indicator=facts.indicator_name(row["indicator"]),
            day=row["as_of_newest"],
            silent=row["silent_days"],
            usual=row["usual_silence_days"],
        )
        for row in quality["sources"]
        if row["silent_days"] > row.get("usual_silence_days", row["silent_days"])  # older editions don't tell
    ]
    lines += [told.LATE.format(sources=words.listed(late))] if late else []
    if much := facts.much_refused:
        lines.append(told.MUCH_REFUSED.format(files=words.listed(much), it="it" if len(much) == 1 else "them"))
    refused = sorted(quality.get("quarantine") or (), key=lambda row: -int(row["rows"]))
    if n := sum(int(row["rows"]) for row in refused):
        reasons = list(dict.fromkeys(str(row["reason"]) for row in refused))
        lines.append(told.REFUSED_ROWS.format(rows=words.counted(n, "row"), reasons=words.listed(reasons, 2)))
    broken = [facts.title(row) for row in facts.ranked_rows if row["regime_break"]]
    lines += [told.REGIME.format(places=words.listed(broken))] if broken else []
    if failures := facts.edition.manifest.get("failures"):
        lines.append(told.FAILED.format(n=words.counted(len(failures), "model fit")))
    return "\n".join(f"- {words.escaped(line)}" for line in lines or [told.NEEDS_NONE])


def _account(facts: Facts, quality: Mapping[str, Any]) -> None:
    """Where every count went; for partners and the public it would give the last withheld count away."""
    if "conservation" not in quality:
        st.caption(told.ACCOUNT_STAYS)
        return
    _table(facts, "account", quality["conservation"])
    unreadable = sum(int(c.get("unreadable_rows", 0)) for c in quality["conservation"])
    if unreadable:
        st.caption(told.ACCOUNT_AT_LEAST.format(rows=words.whole(unreadable)))
    _pair(facts, ("unallocated", quality["unallocated"]), ("quarantine", quality["quarantine"]))


def _coverage(facts: Facts) -> None:
    title, box = st.columns([8, 3], vertical_alignment="bottom")
    title.markdown(f"**{told.REPORTED.format(step=words.period_word(facts.freq))}**")
    held = set(facts.edition.forecast["level"].to_numpy())
    levels = {level: texts.LEVELS[level] for level in ("border", "segment") if level in held}
    with box:
        level = choice("level", texts.LEVEL, levels, default=next(iter(levels)))
    draw(made(_reported, at_any_lead(facts), level, palette()), facts, name="reported", alt=told.REPORTED_ALT)
    if facts.unreported:
        st.caption(words.escaped(texts.UNREPORTED.format(places=words.listed(facts.unreported))))


def _reported(facts: Facts, level: str, palette: Palette) -> go.Figure:
    return reported_figure(facts.edition.forecast, facts.indicator, palette, freq=facts.freq, level=level)


def _is_asked_for(facts: Facts, name: str, row: Mapping[str, Any]) -> bool:
    return {"anomalies": row.get("indicator") == facts.indicator, "nowcast": bool(row.get("completed"))}.get(name, True)


def _source_problems(facts: Facts) -> None:
    rows = facts.edition.quality.get("source_problems") or []
    if rows:
        _table(facts, "source_problems", [{**r, "problem": told.SOURCE_PROBLEMS[r["problem"]]} for r in rows])


def _pair(facts: Facts, *tables: tuple[str, Rows]) -> None:
    for box, (name, rows) in zip(st.columns(len(tables), gap="medium"), tables, strict=True):
        with box:
            _table(facts, name, rows)


def _table(facts: Facts, name: str, rows: Rows) -> None:
    """One table under its title, with its files; without rows a sentence that says what that means."""
    st.markdown(f"**{told.QUALITY_TABLES[name]}**")
    if not rows:
        st.caption(told.QUALITY_NONE.get(name, "–"))
        return
    first = told.FIRST_COLUMNS.get(name, ())
    draw_table(quality_table(facts, [_in_words(row) for row in rows], first=first))
    offer_table(facts, lambda: quality_table(facts, rows, first=first), name)


def _in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its shares and counts as readers see them."""
    return {k: told.FORMS[k](v) if k in told.FORMS and not words.missing(v) else v for k, v in row.items()}


def quality_table(facts: Facts, rows: Rows, *, first: Sequence[str] = ()) -> pd.DataFrame:
    """Rows of an edition's quality report with names for readers; what is said of what comes first."""
    table = pd.DataFrame(rows)
    if "indicator" in table:
        table["indicator"] = [facts.indicator_name(i) if i else told.NO_INDICATOR for i in table["indicator"]]
    if "segment" in table:
        table["segment"] = [_place(facts, str(s)) for s in table["segment"]]
    if "period" in table:
        table["period"] = [facts.period(p) for p in table["period"]]
    lead = [c for c in ("indicator", "segment", "period", *first) if c in table]
    table = table[[*lead, *(c for c in table if c not in lead)]]
    return table.rename(columns=lambda c: told.COLUMNS.get(str(c), str(c).replace("_", " ").capitalize()))


def _place(facts: Facts, segment: str) -> str:
    row = facts.segment(segment)
    return segment if row is None else facts.place_with_direction(row)


main()
