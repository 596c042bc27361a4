"""Which code and which libraries make an edition."""

import hashlib
from importlib import metadata
from pathlib import Path

CODE_PACKAGES = ("geo", "forecasting", "pipelines", "dashboards")
LIBRARIES = (
    "dask geopandas lightgbm numpy pandas prophet scipy shapely statsforecast statsmodels typst xarray zarr".split()
)


def code_version() -> str:
    """The release and a digest of the code that makes editions, so that a changed program is a changed input."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for package in CODE_PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return f"{metadata.version('routecast')}+{digest.hexdigest()[:12]}"


def library_versions() -> dict[str, str]:
    """Versions of the libraries that can change a figure."""
    return {name: metadata.version(name) for name in LIBRARIES}
