"""The local cluster: on this machine only, and two at once."""

from __future__ import annotations

import psutil
import pytest

from pipelines.cluster import ClusterError, cluster


def test_two_local_clusters_run_at_once_and_listen_on_loopback_only() -> None:
    with cluster(workers=1) as first, cluster(workers=1) as second:
        assert [each.submit(sum, (1, 2)).result() for each in (first, second)] == [3, 3]
        me = psutil.Process()
        listening = [
            place.laddr.ip
            for process in (me, *me.children(recursive=True))
            for place in process.net_connections()
            if place.status == psutil.CONN_LISTEN
        ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named() -> None:
    with (
        pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9: expected a Dask scheduler"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass
