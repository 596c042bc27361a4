"""Colours for light and dark pages; one hue for forecasts, its opacity says how sure."""

from dataclasses import dataclass

FANS = ((0.025, 0.975, 0.16), (0.1, 0.9, 0.24), (0.25, 0.75, 0.36))  # low, high, opacity: 95, 80, 50 %
FONT = "Source Sans, Source Sans Pro, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours of one theme; on maps lines keep a contrast of 3 with the land, writing one of 4.5."""

    ink: str
    muted: str
    grid: str
    hue: tuple[int, int, int]
    miss: str
    paper: str
    sea: str
    land: str
    far: str  # land outside the region
    border: str
    name: str  # of a country
    more: str  # than in the baseline
    less: str
    same: str
    diverted: str

    def shade(self, opacity: float) -> str:
        """The hue of forecasts at an opacity."""
        return f"rgba({self.hue[0]},{self.hue[1]},{self.hue[2]},{opacity})"


LIGHT = Palette(
    ink="#1f2933",
    muted="#5b6770",
    grid="#e3e7ea",
    hue=(29, 90, 138),
    miss="#a50026",
    paper="#ffffff",
    sea="#dbe6ed",
    land="#f7f6f2",
    far="#e9e8e3",
    border="#b5b2a8",
    name="#5c5b55",
    more="#b2182b",
    less="#2166ac",
    same="#a9a79f",
    diverted="#b35806",
)
DARK = Palette(
    ink="#e8ecef",
    muted="#a7b1ba",
    grid="#39424b",
    hue=(110, 178, 232),
    miss="#ff8a75",
    paper="#12171d",
    sea="#12293b",
    land="#1e252c",
    far="#171d23",
    border="#59636d",
    name="#aab3bb",
    more="#ff7d6b",
    less="#6eb2e8",
    same="#7d868e",
    diverted="#e8954a",
)
