"""Pages: each selects, reads and draws; no number is made in them. A new one is its file here and a line in `PAGES`."""

from dataclasses import dataclass

from dashboards.server.roles import Action


@dataclass(frozen=True)
class Page:
    """All that menu, door, addresses and audit trail know of a page.

    Attributes:
        id: Its file in this folder, its address (the first page's is empty), its name in the audit trail.
        title: Its name in the menu.
        needs: What a visitor must be allowed to do, by role and profile, for the page to be offered.
    """

    id: str
    title: str
    needs: Action = "read"


PAGES = (
    Page("overview", "Pressure points"),
    Page("wave", "Week by week"),
    Page("place", "One place"),
    Page("year", "The year ahead"),
    Page("protection", "Protection and alerts"),
    Page("scenarios", "Scenarios", needs="run_scenario"),
    Page("briefing", "Briefing"),
    Page("skill", "Past skill"),
    Page("judgements", "Judgements", needs="judge"),
    Page("quality", "Data quality"),
    Page("tables", "Map a table", needs="ingest"),
    Page("help", "Help"),
    Page("account", "Account"),
)
