"""Model card, data sheet and impact record of an edition: what is known from its files; what is not stays open."""

from collections.abc import Iterable, Sequence

from dashboards.edition_view.file_notes import purpose_of
from dashboards.wording import formats as words, safeguards as t
from pipelines.editions.edition import Edition
from records.decisions import EditionEvent


def safeguard_documents(edition: Edition, *, decision: EditionEvent | None, trail: str, attack: str) -> dict[str, str]:
    """File name → Markdown.

    Args:
        edition: Which edition.
        decision: The last approval or withdrawal; None for a draft.
        trail: State of the audit trail, in words.
        attack: What the last attack on the withheld counts found, in words.
    """
    bodies = {
        "model-card": t.MODEL_CARD.format(**_model(edition)),
        "data-sheet": t.DATA_SHEET.format(**_data(edition)),
        "impact-record": t.IMPACT.format(**_impact(edition, decision, trail, attack)),
    }
    return {f"{name}.md": f"{_head(edition, name)}\n{body}" for name, body in bodies.items()}


def _head(edition: Edition, name: str) -> str:
    manifest = edition.manifest
    mark = t.MARK if manifest["synthetic"] else ""
    foot = f"\n\n{words.escaped(str(manifest['footnote']))}" if manifest["footnote"] else ""
    region, fingerprint = words.escaped(str(manifest["region_name"])), str(manifest.get("fingerprint"))[:16]
    head = t.HEAD.format(title=t.TITLES[name], region=region, edition=edition.id, mark=mark, fingerprint=fingerprint)
    return f"{head}{foot}"


def _model(edition: Edition) -> dict[str, str]:
    manifest = edition.manifest
    models = {
        i: ", ".join(sorted({m for names in levels.values() for m in names}))
        for i, levels in manifest["members"].items()
    }
    skill = {i: "–" if s is None else f"{s:.2f}" for i, s in manifest["headline_skill"].items()}
    return {
        "purpose": words.escaped(purpose_of(manifest)),
        "members": _table(("indicator", "models"), models.items()),
        "failures": str(len(manifest["failures"])),
        "partners": ", ".join(map(str, manifest.get("partners") or [])) or t.NONE,
        "seed": str(manifest["seed"]),
        "code": str(manifest["code_version"]),
        "cutoffs": str(max(manifest["cutoffs"].values(), default=0)),
        "skill": _table(("indicator", "error ÷ baseline"), skill.items()),
        "vintages": ", ".join(manifest.get("vintages") or []) or t.NOT_STATED,
        "open": _open(t.MODEL_OPEN),
    }


def _data(edition: Edition) -> dict[str, str]:
    quality = edition.quality
    sources = [
        (*(s[k] for k in ("source", "indicator", "first", "last")), s["licence"] or t.NOT_STATED)
        for s in quality["sources"]
    ]
    account = [
        (c["indicator"], *(words.count(c[k]) for k in ("counted_in", "on_grid", "quarantined", "unallocated")))
        for c in quality["conservation"]
    ]
    reasons = [f"{q['reason']} ({q['rows']})" for q in quality["quarantine"]]
    shares = [s["not_reported_share"] for s in quality["segments"] if s.get("not_reported_share") is not None]
    silent = [str(p["source"]) for p in quality.get("source_problems", ())]
    return {
        "sources": _table(("source", "indicator", "from", "to", "licence"), sources),
        "account": _table(("indicator", "in", "on the grid", "quarantined", "unallocated"), account),
        "quarantine": "; ".join(reasons) or t.NONE,
        "corrections": str(len(quality.get("corrections", []))),
        "missing": words.share(sum(shares) / len(shares)) if shares else t.NOT_STATED,
        "silent": ", ".join(silent) or t.NONE,
        "open": _open(t.DATA_OPEN),
    }


def _impact(edition: Edition, decision: EditionEvent | None, trail: str, attack: str) -> dict[str, str]:
    approval = t.DRAFT
    if decision is not None:
        day = words.long_date(decision.at.date())
        approval = t.DECIDED.format(kind=decision.kind, user=decision.user, day=day, note=decision.note)
    weak = [i for i, s in edition.manifest["headline_skill"].items() if s is not None and s >= 1]
    return {
        "purpose": words.escaped(purpose_of(edition.manifest)),
        "disclosure": f"attack test: {attack}",
        "protection": t.PROTECTION,
        "quality": f"no skill on the headline: {', '.join(weak) or t.NONE}",
        "approval": words.escaped(approval),
        "audit": trail,
        "open": _open(t.IMPACT_OPEN),
    }


def _open(questions: Sequence[str]) -> str:
    return "\n".join(f"- {t.OPEN.format(question=q)}" for q in questions)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(words.escaped(str(cell)) for cell in row) for row in rows]
    if not lines:
        return t.NONE
    return "\n".join(f"| {line} |" for line in (" | ".join(heads), " | ".join("---" for _ in heads), *lines))
