"""Colours for light and dark pages; one hue for forecasts, its opacity says how sure."""

from dataclasses import dataclass

FANS = ((0.025, 0.975, 0.16), (0.1, 0.9, 0.24), (0.25, 0.75, 0.36))  # low, high, opacity: 95, 80, 50 %
FONT = "Source Sans, Source Sans Pro, sans-serif"


@dataclass(frozen=True)
class Palette:
    """Colours of one theme."""

    ink: str
    muted: str
    grid: str
    hue: tuple[int, int, int]
    miss: str
    paper: str

    def shade(self, opacity: float) -> str:
        """The hue of forecasts at an opacity."""
        return f"rgba({self.hue[0]},{self.hue[1]},{self.hue[2]},{opacity})"


LIGHT = Palette(ink="#1f2933", muted="#5b6770", grid="#e3e7ea", hue=(29, 90, 138), miss="#a50026", paper="#ffffff")
DARK = Palette(ink="#e8ecef", muted="#a7b1ba", grid="#39424b", hue=(110, 178, 232), miss="#ff8a75", paper="#12171d")
