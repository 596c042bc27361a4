"""Rules of disclosure held against the region."""

from collections.abc import Iterator

from geo.pack.entries import suggest
from geo.pack.pack import Pack
from geo.pack.problems import Problem


def check_disclosure(pack: Pack) -> Iterator[Problem]:
    """Problems of the `disclosure` block: unknown indicators, a base too small, a nationality in two groups."""
    if pack.settings is None:
        return
    spec = pack.settings.spec.disclosure
    for name in spec.indicators:
        if name not in pack.indicators:
            message = f"disclosure.indicators: indicator '{name}' is unknown.{suggest(name, pack.indicators)}"
            yield pack.settings.problem(message, "disclosure", "indicators")
    if spec.method == "round" and spec.round_base <= spec.protection_width:
        message = (
            f"disclosure.round_base: expected more than protection_width ({spec.protection_width}), got "
            f"{spec.round_base}; a rounded count would be bounded more narrowly than that."
        )
        yield pack.settings.problem(message, "disclosure", "round_base")
    codes = [code for members in spec.partner.nationality_groups.values() for code in members]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        message = f"disclosure.partner.nationality_groups: '{twice[0]}' stands in two groups. Keep it in one."
        yield pack.settings.problem(message, "disclosure", "partner", "nationality_groups")
