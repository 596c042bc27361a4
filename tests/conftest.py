"""Settings of all tests."""

import pytest
from hypothesis import settings

settings.register_profile("routecast", deadline=None)  # machines are noisy: time is for the benchmarks
settings.load_profile("routecast")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file run on one worker, so that what they share is made once; groups of their own stay."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
