"""Page four, second half: what the data can carry, the method in a box, the disclaimers."""

from typing import Any

from dashboards.briefing.judgements import level_word, report_window
from dashboards.briefing.model import Block, Box, Bullets, Heading
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Sentence, say
from dashboards.wording import briefing as s
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.purpose import purpose_of

GOOD_SHARE = 0.8


def data_blocks(facts: Facts) -> list[Block]:
    """Coverage, quarantine, unallocated and spread figures, sources."""
    items = (
        _reported(facts),
        Sentence(texts.UNREPORTED.format(places=words.listed(facts.unreported)) if facts.unreported else ""),
        _quarantine(facts),
        _unallocated(facts),
        _spread(facts),
        _failures(facts),
        _source_problems(facts),
        _sources(facts),
    )
    return [Heading(s.H_DATA), Bullets(tuple(i for i in items if i.text))]


def _reported(facts: Facts) -> Sentence:
    ranked = facts.ranked
    if ranked.empty:
        return Sentence("")
    window = report_window(facts)
    full, n = int(ranked["reported_share"].ge(GOOD_SHARE).sum()), len(ranked)
    levels = f"{level_word(facts)}s"
    if full == n:
        return say(s.D_REPORTED_ALL, all=n, levels=levels, window=window)
    least = ranked.loc[ranked["reported_share"].idxmin()]
    share = facts.of(least, "share", "reported_share")
    return say(
        s.D_REPORTED, full=full or "None", all=n, levels=levels, window=window, least=facts.place(least), share=share
    )


def _quarantine(facts: Facts) -> Sentence:
    if "quarantine" not in facts.edition.quality:  # partners and the public don't see the account of every count
        return Sentence("")
    entries = facts.edition.quality.get("quarantine") or []
    rows = sum(int(e["rows"]) for e in entries)
    if not rows:
        return Sentence(s.D_QUARANTINE_NONE)
    verb = "is" if rows == 1 else "are"
    counted = f"{words.counted(rows, 'row')} {verb}" if rows < 1000 else f"{rows:,} rows are"
    return say(s.D_QUARANTINE, rows=counted, reasons=_reasons(entries, "rows"))


def _unallocated(facts: Facts) -> Sentence:
    if "unallocated" not in facts.edition.quality:
        return Sentence("")
    entries = [
        e
        for e in facts.edition.quality.get("unallocated") or []
        if e["indicator"] == facts.indicator and float(e["count"]) > 0
    ]
    total = sum(float(e["count"]) for e in entries)
    if not total:
        return Sentence(s.D_UNALLOCATED_NONE)
    return say(s.D_UNALLOCATED, n=words.count(total), unit=facts.unit_word(), reasons=_reasons(entries, "count"))


def _reasons(entries: list[dict[str, Any]], by: str) -> str:
    """The reasons, the largest first, each once."""
    ordered = sorted(entries, key=lambda e: (-float(e[by] or 0), str(e["reason"])))
    reasons = list(dict.fromkeys(words.starred(str(e["reason"])) for e in ordered))
    return "; ".join([*reasons[:3], *([f"{len(reasons) - 3} more reasons"] if len(reasons) > 3 else [])])


def _spread(facts: Facts) -> Sentence:
    known = {
        f"segment:{e['segment']}": float(e["spread_share"] or 0.0)
        for e in facts.edition.quality.get("segments") or []
        if e["indicator"] == facts.indicator
    }
    spread = {unit: share for unit, share in known.items() if share > 0}
    if not known:
        return Sentence("")
    if not spread:
        return Sentence(s.D_SPREAD_NONE)
    unit = max(sorted(spread), key=lambda u: spread[u])
    segment = unit.partition(":")[2]
    row = facts.segment(segment)
    place = segment if row is None else facts.place(row)
    return say(s.D_SPREAD, share=words.share(spread[unit]), place=place)


def _failures(facts: Facts) -> Sentence:
    failures = facts.edition.manifest.get("failures") or []
    return say(s.D_FAILURES, n=words.counted(len(failures), "model fit")) if failures else Sentence("")


def _source_problems(facts: Facts) -> Sentence:
    parts = []
    for row in facts.edition.quality.get("source_problems") or []:
        problem = s.D_SOURCE_PROBLEMS[row["problem"]].format(name=row["source"])
        day = row["as_of_newest"]
        parts.append((s.D_SOURCE_NEWEST if day else s.D_SOURCE_NONE).format(problem=problem, day=day))
    return say(s.D_SOURCE_FAILED, sources="; ".join(parts)) if parts else Sentence("")


def _sources(facts: Facts) -> Sentence:
    newest: dict[str, str] = {}
    for entry in facts.edition.quality.get("sources") or []:
        name = str(entry["source"])
        newest[name] = max(newest.get(name, ""), str(entry.get("as_of_newest") or ""))
    parts = [f"{name} (newest figures of {day})" if day else name for name, day in sorted(newest.items())]
    return say(s.D_SOURCES, sources="; ".join(parts)) if parts else Sentence("")


def method_box(facts: Facts) -> Box:
    """The method in a few sentences, and what the words mean."""
    by_level: dict[str, list[str]] = (facts.edition.manifest.get("members") or {}).get(facts.indicator) or {}
    members = sorted({texts.MODEL_NAMES.get(m, m) for ms in by_level.values() for m in ms}, key=str.casefold)
    scale = "; ".join(f"{word} {low}–{high} %" for word, low, high, _ in words.YARDSTICK)
    items = [
        say(s.M_MEMBERS, members=", ".join(members)) if members else Sentence(""),
        Sentence(s.M_DRAWS),
        Sentence(s.M_BAND),
        say(s.M_WORDS, rule=words.GAP_RULE, scale=f"Scale: {scale}."),
        Sentence(s.M_CONFIDENCE),
    ]
    return Box(s.H_METHOD, tuple(i for i in items if i.text))


def disclaimer_box(facts: Facts) -> Box:
    """What the figures are not, Kosovo*'s footnote, the purpose."""
    manifest = facts.edition.manifest
    items = [Sentence(text) for text in s.DISCLAIMERS]
    if manifest.get("disclosure"):
        items.append(Sentence(str(manifest["disclosure"]["note"])))
    if manifest.get("footnote"):
        items.append(Sentence(str(manifest["footnote"])))
    items.append(say(s.PURPOSE, purpose=words.starred(purpose_of(manifest))))
    return Box(s.H_READ, tuple(items))
