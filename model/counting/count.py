"""`cellscope.count`: the linear regions of a network in a window, in bounded memory, exactly."""

import hashlib
import math
import time
from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

from cellscope.model.cells.exact.origin import Window
from cellscope.model.counting.certificate import CHECK_ALL, CHECK_SOME, area_of, certificate, owed
from cellscope.model.counting.job import Job, Problem, own_peak
from cellscope.model.counting.resume import ResumeFile
from cellscope.model.counting.seams import join
from cellscope.model.counting.tile import Key, Tile, compact
from cellscope.model.counting.tiling import Divided
from cellscope.model.counting.workers import Cluster, Here, Processes, Workers
from cellscope.model.dask_client import ClusterLost
from cellscope.model.own.cells import checked_layer, checked_window, places
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.graph import Choice, Graph, Kinks
from cellscope.model.own.plane import checked_plane, identity_plane
from cellscope.model.own.sources import hash_of, module_of
from cellscope.model.own.surroundings import apart

MOST_WORKERS = 256
Parts = list[tuple[Key, Window]]
SAMPLE = 4 * CHECK_SOME  # faces that are looked at where there are too many for all
Progress = Callable[[dict[str, Any]], object]


def count(
    network: Any,
    *,
    window: Any = (-5, 5, -5, 5),
    layer: int | None = None,
    plane: Any = None,
    workers: int = 1,
    cluster: Any = None,
    resume: str | PathLike[str] | None = None,
    progress: Progress | None = None,
    tile_faces: int | None = None,
) -> dict[str, Any]:
    """Count linear regions tile by tile: as many as there is time for, in bounded memory.

    Parameters
    ----------
    network, window, layer, plane
        As of `cellscope.cells`; all steps up to the layer must have kinks only.
    workers : int
        Processes of one thread each; 1 is this process. The result does not depend on it.
    cluster : str or distributed.Client, optional
        A Dask scheduler, ``"tcp://host:8786"``, whose workers count instead (extra `cluster`).
    resume : path, optional
        A file that is written while it counts; if it is there, the count goes on from it.
    progress : callable, optional
        Called after each tile with ``{"tiles", "faces", "share", "seconds"}``, the share of the
        window's area that is done. What it raises stops the count.
    tile_faces : int, optional
        The most faces of a tile; by default what keeps a process's numbers at 48 MB.

    Returns
    -------
    dict
        ``linear_regions``: distinct joint patterns of layers 1 … layer with an open set of points
        = ``faces`` − ``seam_pieces`` + ``corners``; ``certificate``: checks by name, all true of
        a right count. See docs/counting.md.

    Raises
    ------
    ValueError
        Naming the argument; `UnsupportedLayer` is one.
    """
    began = time.perf_counter()
    bounds = checked_window(window)
    number = _checked_workers(workers)
    with apart():
        module = module_of(network)
        problem = _problem(module, bounds, layer, plane)
        file = (
            None
            if resume is None
            else ResumeFile(resume, about(problem, hash_of(module), tile_faces))
        )
        try:
            counting = _Count(problem, number, cluster, file, progress, began, tile_faces)
            del module, problem  # a network can be large, and it is the workers' from here on
            return counting.run()
        finally:
            if file is not None:
                file.close()


def _problem(module: nn.Module, window: Window, layer: int | None, plane: Any) -> Problem:
    """What is to be counted, read and checked."""
    seen = identity_plane() if plane is None else checked_plane(plane)
    read = ReadNetwork(module, seen.shape)
    chosen = checked_layer(layer, read.graph)
    if not read.graph.exact(chosen):
        raise ValueError(f"layer: {chosen} is behind a smooth step: there is no exact count")
    read.check(*places(seen, window))
    return Problem(read.graph, seen, window, chosen)


def _checked_workers(workers: Any) -> int:
    whole = isinstance(workers, int | np.integer) and not isinstance(workers, bool)
    if not whole or not 1 <= workers <= MOST_WORKERS:
        raise ValueError(
            f"workers: must be a whole number from 1 to {MOST_WORKERS}, not {workers!r}"
        )
    return int(workers)


def about(problem: Problem, weights: str, tile_faces: int | None = None) -> dict[str, Any]:
    """What is counted, for a file that is to go on with it."""
    return {
        "window": list(problem.window),
        "layer": problem.layer,
        "weights": weights,
        "network": _digest(_steps(problem.graph, problem.layer)),
        "plane": _digest(problem.plane.tensors().numpy().tobytes()),
        "tiles": 1 if tile_faces is None else [1, tile_faces],
    }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _steps(graph: Graph, layer: int) -> bytes:
    """The graph's shape and its nonlinear steps, as far as weights do not tell them."""
    said: list[Any] = [(node.shape, node.inputs) for node in graph.nodes]
    for k in range(1, layer + 1):
        kind = graph.kind(k)
        if isinstance(kind, Kinks):
            slopes = [v.tolist() if isinstance(v, torch.Tensor) else v for v in kind.slopes]
            said.append((kind.kinks, slopes, kind.offsets))
        elif isinstance(kind, Choice):
            said.append(kind.candidates.tolist())
    return repr((graph.names, said)).encode()


class _Count:
    """A count under way."""

    def __init__(
        self, problem: Problem, workers: int, cluster: Any, file: ResumeFile | None,
        progress: Progress | None, began: float, tile_faces: int | None = None,
    ) -> None:  # fmt: skip
        self.window, self.layer = problem.window, problem.layer
        self.file, self.progress, self.began = file, progress, began
        self.tiles: dict[Key, Tile] = {}
        self.peaks: dict[str, float] = {}
        self.area = area_of(self.window)
        self.done = 0.0
        self.faces = 0
        self.stride = 1
        self.staff = _staff(problem, tile_faces, workers, cluster)

    def run(self) -> dict[str, Any]:
        try:
            self._count_all()
            self._check_more()
        except ClusterLost as lost:
            kept = "kept" if self.file is not None else "lost: with resume=… they would be kept"
            raise ClusterLost(f"cluster: {lost}; {len(self.tiles)} tiles are {kept}") from None
        finally:
            self.staff.close()
        return self._result()

    def _count_all(self) -> None:
        """Every tile, the parts of one that is too large before its neighbours."""
        known = self.file
        waiting: list[tuple[Key, Window]] = [((), self.window)]
        given = 0
        while waiting or given:
            while waiting and given < self.staff.at_once:
                key, window = waiting.pop()
                if known is not None and key in known.divided:
                    waiting += reversed(self._parts(known.divided[key]))
                elif known is not None and key in known.tiles:
                    self._have(known.tiles[key])
                else:
                    self.staff.give(Job(key, window, self.stride))
                    given += 1
            if given:
                waiting += reversed(self._take())
                given -= 1

    def _take(self) -> Parts:
        """The next answer: the parts that it leaves to be done."""
        answer = self.staff.take()
        self.peaks[answer.who] = answer.peak_mb
        if self.file is not None:
            self.file.add(answer.job.key, answer.found)
        if isinstance(answer.found, Divided):
            return self._parts(answer.found)
        self._have(answer.found)
        return []

    def _parts(self, found: Divided) -> Parts:
        """Where there are too many faces to look at all, one in `stride` is."""
        if len(found.parts[0][0]) == 1 and found.expected > 2 * CHECK_ALL:
            self.stride = math.ceil(found.expected / SAMPLE)
        return list(found.parts)

    def _have(self, tile: Tile) -> None:
        self.tiles[tile.key] = compact(tile)
        self.faces += tile.faces
        self.done += area_of(tile.window)
        if self.progress is not None:
            self.progress(
                {
                    "tiles": len(self.tiles),
                    "faces": self.faces,
                    "share": min(1.0, self.done / self.area),
                    "seconds": time.perf_counter() - self.began,
                }
            )

    def _check_more(self) -> None:
        """Where too few faces were compared with the network, whole tiles are."""
        checked = sum(tile.checked for tile in self.tiles.values())
        missing = owed(self.faces) - checked
        again: list[Job] = []
        for key in sorted(self.tiles):
            tile = self.tiles[key]
            if missing > 0 and tile.checked < tile.faces:
                missing -= tile.faces - tile.checked
                again.append(Job(key, tile.window, 1))
        given = 0
        while again or given:
            while again and given < self.staff.at_once:
                self.staff.give(again.pop())
                given += 1
            answer = self.staff.take()
            given -= 1
            assert isinstance(answer.found, Tile)
            self.tiles[answer.job.key] = compact(answer.found)
            self.peaks[answer.who] = answer.peak_mb
            if self.file is not None:
                self.file.add(answer.job.key, answer.found)

    def _result(self) -> dict[str, Any]:
        tiles = [self.tiles[key] for key in sorted(self.tiles)]
        window = self.window
        joined = join(tiles, window)
        faces = sum(tile.faces for tile in tiles)
        regions = faces - joined.seam_pieces + joined.corners
        who, peak = own_peak()
        self.peaks[who] = peak
        return {
            "linear_regions": regions,
            "layer": self.layer,
            "window": list(window),
            "tiles": len(tiles),
            "faces": faces,
            "seam_pieces": joined.seam_pieces,
            "corners": joined.corners,
            "area": math.fsum(tile.area for tile in tiles),
            "window_area": area_of(window),
            "certificate": certificate(tiles, joined, regions, window),
            "checked": sum(tile.checked for tile in tiles),
            "near_a_fold": sum(tile.near for tile in tiles),
            "exact": True,
            "seconds": time.perf_counter() - self.began,
            "peak_mb": sum(self.peaks.values()),
        }


def _staff(problem: Problem, tile_faces: int | None, workers: int, cluster: Any) -> Workers:
    if cluster is not None:
        return Cluster(problem, tile_faces, cluster)
    if workers == 1:
        return Here(problem, tile_faces)
    return Processes(problem, tile_faces, workers)
