"""What stands for several segments at once: all ways into a country, a whole border, all of a route."""

from collections.abc import Mapping

from dashboards.wording import formats as words
from pipelines.scenarios.scenario_edition import ScenarioEdition

INTO, BORDER, ALONG = "into:", "border:", "along:"  # in the order in which they are offered


def parts(base: ScenarioEdition) -> dict[str, list[str]]:
    """The segments into each country, of each border, along each route, in the pack's order; keys as `INTO` and id."""
    found: dict[str, list[str]] = {}
    for cell in base.region.cells:
        border = base.region.segment_by_id[cell.segment].border
        keys = [*([f"{INTO}{cell.to_country}"] if cell.to_country else []), f"{BORDER}{border}", f"{ALONG}{cell.route}"]
        for key in keys:
            if cell.segment not in found.setdefault(key, []):
                found[key].append(cell.segment)
    order = [INTO, BORDER, ALONG]
    return dict(sorted(found.items(), key=lambda pair: order.index(f"{pair[0].partition(':')[0]}:")))


def ways(base: ScenarioEdition) -> dict[str, str]:
    """Direction of each segment, "Serbia → Hungary"; both where routes cross it both ways."""
    found: dict[str, list[str]] = {}
    for cell in base.region.cells:
        found.setdefault(cell.segment, []).append(
            words.direction(cell.from_country, cell.to_country, base.region.countries)
        )
    return {segment: ", ".join(dict.fromkeys(filter(None, told))) for segment, told in found.items()}


def part_name(base: ScenarioEdition, key: str, segments: list[str], *, forms: Mapping[str, str]) -> str:
    """A part in words.

    Args:
        base: Whose region it is of.
        key: As in `parts`.
        segments: As in `parts`.
        forms: `texts.WHOLES` for a choice, `texts.AS_ONE` in a sentence.
    """
    kind, _, name = key.partition(":")
    region, told = base.region, ways(base)
    shown = {
        "into": lambda: words.country(name, region.countries),
        "border": lambda: ", ".join(dict.fromkeys(filter(None, (told.get(s, "") for s in segments)))) or name,
        "along": lambda: words.starred(region.route_by_id[name].name),
    }
    return forms[kind].format(shown=shown[kind](), id=name, n=words.counted(len(segments), "place"))
