"""Drawing a figure on a page: the look is the figure's own, and a button saves it as a picture."""

import plotly.graph_objects as go
from streamlit.delta_generator import DeltaGenerator

from dashboards.components.held_height import held
from dashboards.edition_view.facts import Facts

ZOOM = ["zoomIn2d", "zoomOut2d", "resetScale2d"]


def draw(
    figure: go.Figure | None,
    facts: Facts,
    *,
    name: str,
    alt: str,
    box: DeltaGenerator | None = None,
    is_map: bool = False,
    saved: bool = True,
) -> None:
    """Draw a figure with a button that saves it as PNG, twice as fine as the screen.

    Args:
        figure: What to draw; None: nothing.
        facts: Whose edition stands in the file's name.
        name: What the chart is, unique on its page.
        alt: What a screen reader says.
        box: Where; the page if not said.
        is_map: It can be moved and enlarged.
        saved: It has the button; without, the page offers a picture of another look.
    """
    if figure is None:
        return
    file = f"routecast-{facts.edition.region_id}-{facts.edition.id}-{name}"
    config = {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtons": [[*(["toImage"] if saved else []), *(ZOOM if is_map else [])]],
        "scrollZoom": is_map,
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": file},
    }
    room = held(figure.layout.height, box)
    room.plotly_chart(figure, theme=None, config=config, key=name, alt=alt)
