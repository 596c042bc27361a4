import pytest

from dashboards.wording.bands import ALL_BANDS, NO_BAND, Band, band, band_change, change_word
from tests.colours import contrast


@pytest.mark.parametrize("known", [*ALL_BANDS, NO_BAND], ids=lambda b: b.id)
def test_band_ink_is_readable_on_its_colour(known: Band) -> None:
    assert contrast(known.colour, known.ink) >= 4.5


def test_band_width_grows_with_the_band() -> None:
    widths = [b.width_pt for b in ALL_BANDS]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("absent", [None, float("nan"), "none", ""])
def test_band_is_no_band_when_missing(absent: object) -> None:
    assert band(absent) is NO_BAND


def test_band_change_counts_bands_up_and_down() -> None:
    assert (band_change("very_high", "low"), band_change("low", "moderate")) == (3, -1)


def test_band_change_is_unknown_when_either_has_no_band() -> None:
    assert change_word(band_change(None, "low")) == "not compared"
