"""The same tiles on a Dask cluster; where the extra `cluster` is not installed, nothing to see."""

from typing import Any

import pytest

from cellscope.model.counting.count import count
from tests.model.counting.test_count import he_network, holds

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]


def test_the_workers_of_a_cluster_count_what_one_process_does() -> None:
    distributed: Any = pytest.importorskip("distributed")
    weights = he_network((16, 16, 16), 5)
    expected = count(weights, tile_faces=200)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        found = count(weights, tile_faces=200, cluster=cluster.scheduler_address)
    assert holds(found)
    for key in ("linear_regions", "tiles", "faces", "seam_pieces", "corners"):
        assert found[key] == expected[key]
