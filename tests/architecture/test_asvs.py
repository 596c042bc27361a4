"""docs/asvs.md: every requirement of levels 1 and 2 has one place, and what it names is there."""

from tests.asvs import PAGE, ROOT, marked, page, required, spread, table


def test_every_requirement_stands_in_one_place() -> None:
    kept = table()
    numbers = set(required(kept["levels"]))
    every = "".join(str(all_of) for all_of in kept["levels"].values())
    assert [every.count(level) for level in "123"] == [70, 183, 92]  # as the standard itself counts them
    said = [number for kind in ("met", "not_applicable", "not_met") for number, _ in spread(kept[kind])]
    assert sorted(n for n in {*said} if said.count(n) > 1) == []
    assert sorted({*said} & {*marked()}) == []  # a test is enough
    assert numbers ^ ({*said} | {*marked()}) == set()


def test_what_is_met_names_where() -> None:
    assert [where for _, (_, where) in spread(table()["met"]) if not (ROOT / where).exists()] == []


def test_page_is_as_the_marks_and_the_table_have_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: make asvs"
