import numpy as np
import pytest

from geo.locate.lookup import coordinate_hints
from geo.pack.load import load_region

HORGOS = (19.97, 46.18)  # longitude, latitude of a crossing point between Serbia and Hungary


def hint(lon: float, lat: float) -> str:
    return coordinate_hints(load_region("western_balkans"), np.array([lon]), np.array([lat]))[0]


def test_a_good_point_gets_no_hint() -> None:
    assert hint(*HORGOS) == ""


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (HORGOS[1], HORGOS[0], "probably swapped"),
        (-HORGOS[0], HORGOS[1], "sign of the longitude"),
        (HORGOS[0], -HORGOS[1], "sign of the latitude"),
    ],
)
def test_a_slip_is_recognised(lon: float, lat: float, expected: str) -> None:
    assert expected in hint(lon, lat)


def test_a_point_of_another_part_of_the_world_gets_no_hint() -> None:
    assert hint(-110.9, 31.3) == ""
