"""Page four, second half: what the data can carry, the method in a box, the disclaimers."""

from collections.abc import Iterable
from typing import Any

from dashboards.briefing.model import Block, Box, Bullets, Heading
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.file_notes import purpose_of
from dashboards.edition_view.shared_tables import PEOPLE
from dashboards.edition_view.statements import Sentence, number_of, say
from dashboards.wording import caveats as s, formats as words, pages as texts

GOOD_SHARE = 0.8


def data_blocks(facts: Facts) -> list[Block]:
    """Coverage, quarantine, unallocated and spread figures, sources."""
    items = (
        _much_refused(facts),
        _reported(facts),
        Sentence(texts.UNREPORTED.format(places=words.listed(facts.unreported)) if facts.unreported else ""),
        _quarantine(facts),
        _unallocated(facts),
        _spread(facts),
        _failures(facts),
        _source_problems(facts),
        _sources(facts),
    )
    return [Heading(s.H_DATA, "data"), Bullets(tuple(i for i in items if i.text))]


def _reported(facts: Facts) -> Sentence:
    ranked = facts.ranked
    if ranked.empty:
        return Sentence("")
    full, n = int(ranked["reported_share"].ge(GOOD_SHARE).sum()), len(ranked)
    common = {"all": n, "levels": f"{facts.level}s", "window": facts.report_window}
    if full == n:
        return say(s.D_REPORTED_ALL, **common)
    least = ranked.loc[ranked["reported_share"].idxmin()]
    share = number_of(least, words.share, "reported_share")
    return say(s.D_REPORTED, full=full or "None", least=facts.place(least), share=share, **common)


def _quarantine(facts: Facts) -> Sentence:
    if "quarantine" not in facts.edition.quality:  # partners and the public don't see the account of every count
        return Sentence("")
    entries = facts.edition.quality["quarantine"]
    rows = sum(int(e["rows"]) for e in entries)
    if not rows:
        return Sentence(s.D_QUARANTINE_NONE)
    counted = "1 row is" if rows == 1 else f"{rows:,} rows are"
    unreadable = sum(int(c.get("unreadable_rows", 0)) for c in facts.edition.quality.get("conservation", ()))
    if unreadable:
        reasons = _reasons(entries, "rows")
        return say(s.D_UNREADABLE, rows=counted, reasons=reasons, unreadable=words.whole(unreadable))
    return say(s.D_QUARANTINE, rows=counted, reasons=_reasons(entries, "rows"))


def _much_refused(facts: Facts) -> Sentence:
    files = facts.much_refused
    if not files:
        return Sentence("")
    return say(s.D_MUCH_REFUSED, files=words.listed(files), it="it" if len(files) == 1 else "them")


def _unallocated(facts: Facts) -> Sentence:
    if "unallocated" not in facts.edition.quality:
        return Sentence("")
    entries = [e for e in _of_indicator(facts, "unallocated") if float(e["count"]) > 0]
    total = sum(float(e["count"]) for e in entries)
    if not total:
        return Sentence(s.D_UNALLOCATED_NONE)
    return say(s.D_UNALLOCATED, n=words.count(total), unit=facts.unit_word(), reasons=_reasons(entries, "count"))


def _of_indicator(facts: Facts, part: str) -> list[dict[str, Any]]:
    return [e for e in facts.edition.quality[part] if e["indicator"] == facts.indicator]


def _reasons(entries: Iterable[dict[str, Any]], by: str) -> str:
    """The reasons, the largest first, each once."""
    ordered = sorted(entries, key=lambda e: (-float(e[by] or 0), str(e["reason"])))
    reasons = list(dict.fromkeys(words.starred(str(e["reason"])) for e in ordered))
    return "; ".join([*reasons[:3], *([f"{len(reasons) - 3} more reasons"] if len(reasons) > 3 else [])])


def _spread(facts: Facts) -> Sentence:
    shares = {str(e["segment"]): float(e["spread_share"] or 0.0) for e in _of_indicator(facts, "segments")}
    if not shares:
        return Sentence("")
    segment = max(sorted(shares), key=lambda one: shares[one])
    if not shares[segment]:
        return Sentence(s.D_SPREAD_NONE)
    row = facts.segment(segment)
    return say(s.D_SPREAD, share=words.share(shares[segment]), place=segment if row is None else facts.place(row))


def _failures(facts: Facts) -> Sentence:
    failures = facts.edition.manifest["failures"]
    return say(s.D_FAILURES, n=words.counted(len(failures), "model fit")) if failures else Sentence("")


def _source_problems(facts: Facts) -> Sentence:
    parts = []
    for row in facts.edition.quality.get("source_problems", ()):  # not of partners' and the public's editions
        problem = s.D_SOURCE_PROBLEMS[row["problem"]].format(name=row["source"])
        day = row["as_of_newest"]
        parts.append((s.D_SOURCE_NEWEST if day else s.D_SOURCE_NONE).format(problem=problem, day=day))
    return say(s.D_SOURCE_FAILED, sources="; ".join(parts)) if parts else Sentence("")


def _sources(facts: Facts) -> Sentence:
    newest: dict[str, str] = {}
    for entry in facts.edition.quality["sources"]:
        name = str(entry["source"])
        newest[name] = max(newest.get(name, ""), str(entry.get("as_of_newest") or ""))
    parts = [s.D_SOURCE.format(name=name, day=day) if day else name for name, day in sorted(newest.items())]
    return say(s.D_SOURCES, sources="; ".join(parts)) if parts else Sentence("")


def method_box(facts: Facts) -> Box:
    """The method in a few sentences, and what the words mean."""
    by_level: dict[str, list[str]] = facts.edition.manifest["members"].get(facts.indicator, {})
    told = {m if not m.startswith(PEOPLE) else s.M_PEOPLE for ms in by_level.values() for m in ms}
    members = sorted({texts.MODEL_NAMES.get(m, m) for m in told}, key=str.casefold)
    scale = "; ".join(f"{word} {low}–{high} %" for word, low, high, _ in words.YARDSTICK)
    items = [say(s.M_MEMBERS, members=", ".join(members))] if members else []
    items += [Sentence(s.M_SHOWN)] if facts.edition.manifest.get("profile") else []
    items += [Sentence(s.M_DRAWS), Sentence(s.M_BAND)]
    items += [
        say(s.M_WORDS, rule=words.GAP_RULE, scale=f"Scale: {scale}."),
        Sentence(s.M_CONFIDENCE),
        Sentence(s.M_CHANCE),
    ]
    return Box(s.H_METHOD, tuple(items))


def disclaimer_box(facts: Facts) -> Box:
    """What the figures are not, Kosovo*'s footnote, the purpose."""
    manifest = facts.edition.manifest
    notes = [*s.DISCLAIMERS]
    if "disclosure" in manifest:
        notes.append(str(manifest["disclosure"]["note"]))
    if manifest["footnote"]:
        notes.append(str(manifest["footnote"]))
    purpose = say(s.PURPOSE, purpose=words.starred(purpose_of(manifest)))
    return Box(s.H_READ, (*map(Sentence, notes), purpose))
