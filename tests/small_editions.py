"""Tiny published editions: right in form, next to nothing in them, made in milliseconds."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pipelines.editions.edition import Edition
from pipelines.publish.edition.publish import Content, publish
from pipelines.store.paths import Store

REGION = "somewhere"


def make_content(*, fingerprint: str = "a", period: str = "2026-W46", value: float = 1.0, **manifest: Any) -> Content:
    """Content of an edition of one unit and one value."""
    cube = xr.Dataset({"count": ("time", np.array([value]))}, coords={"time": pd.DatetimeIndex(["2026-11-09"])})
    forecast = xr.Dataset({"value": ("unit", np.array([value]))}, coords={"unit": np.array(["total"])})
    return Content(
        period=period,
        manifest={"region": REGION, "fingerprint": fingerprint, **manifest},
        cube=cube,
        forecast=forecast,
        tables={"risk": pd.DataFrame({"unit": ["total"], "value": [value]})},
        quality={},
    )


def render(edition: Edition) -> dict[str, bytes]:
    """A briefing of one line."""
    return {"briefing.html": f"edition {edition.manifest['edition']}".encode()}


def put(content: Content, store: Store, *, started: str | None = None) -> Edition:
    """Publish it; `started` is the moment of its run."""
    info = {"seconds": 1} if started is None else {"started": started}
    return publish(content, store, render=render, run_info=lambda: info).edition


def put_weeks(store: Store, *weeks: int, compared: bool = True) -> list[str]:
    """Editions of weeks of 2026, one a week, each compared with the one before it; their ids."""
    ids: list[str] = []
    for week in weeks:
        day = pd.Timestamp.fromisocalendar(2026, week, 1)
        before = {"kind": "edition", "id": ids[-1]} if ids and compared else {"kind": "none", "id": None}
        content = make_content(
            fingerprint=f"of-{week}", period=f"2026-W{week:02d}", origin_date=f"{day:%Y-%m-%d}", compared_with=before
        )
        started = f"{day + pd.Timedelta(days=8):%Y-%m-%d}T06:00:00+00:00"
        ids.append(put(content, store, started=started).id)
    return ids
