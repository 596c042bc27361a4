"""A comparison as files: CSV and Excel in which no cell is taken for a formula."""

import io

import pandas as pd

from dashboards.wording import pages as texts
from dashboards.wording.scenarios import CAVEAT, SUMS
from pipelines.publish.export.spreadsheets import as_text
from pipelines.scenarios.compare import Compared

LEFT_OUT = ("indicator", "level", "segment", "border", "route")  # said by the unit's id


def notes(compared: Compared, mark: str = "") -> list[str]:
    """What must go with the figures."""
    manifest = compared.base.edition.manifest
    marks = [texts.SYNTHETIC] if manifest.get("synthetic") else []
    return [
        *([mark] if mark else []),
        *marks,
        CAVEAT,
        SUMS,
        texts.DETECTIONS,
        f"Edition {compared.base.edition.id} of {manifest['region_name']}; scenarios: "
        + "; ".join(s.name for s in compared.scenarios)
        + ".",
        *([str(manifest["footnote"])] if manifest.get("footnote") else []),
    ]


def difference_sheet(compared: Compared) -> pd.DataFrame:
    """Every scenario, unit and horizon; numbers as computed, texts safe for spreadsheets."""
    table = compared.table.drop(columns=list(LEFT_OUT))
    table.insert(0, "scenario", table.pop("scenario"))
    texts_in = table.select_dtypes(["object", "string"])
    return table.assign(**{c: texts_in[c].map(as_text) for c in texts_in})


def csv_bytes(compared: Compared) -> bytes:
    """The table of differences as CSV (UTF-8)."""
    text = difference_sheet(compared).to_csv(index=False, date_format="%Y-%m-%d", float_format="%.6g")
    return str(text).encode()


def workbook_bytes(compared: Compared, mark: str = "") -> bytes:
    """The same as an Excel workbook, after a sheet with the caveats."""
    about = pd.DataFrame([as_text(n) for n in notes(compared, mark)], columns=["About"])
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="openpyxl", date_format="yyyy-mm-dd", datetime_format="yyyy-mm-dd") as book:
        about.to_excel(book, sheet_name="About", index=False)
        difference_sheet(compared).to_excel(book, sheet_name="Differences", index=False, freeze_panes=(1, 0))
    return out.getvalue()
