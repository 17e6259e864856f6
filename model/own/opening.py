"""From dropped files to what an experiment begins with: a network, its points, its plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from cellscope.model.files.inputs import FIELD as DATA
from cellscope.model.files.inputs import SUFFIXES as DATA_SUFFIXES
from cellscope.model.files.inputs import inputs_in, is_points
from cellscope.model.files.networks import FIELD, network_in
from cellscope.model.files.networks import SUFFIXES as NETWORK_SUFFIXES
from cellscope.model.files.onnx_file import read_onnx
from cellscope.model.files.reading import shown
from cellscope.model.opened import Cut, Inputs, Layers, Opened
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.fully_connected import network_weights
from cellscope.model.own.onnx_module import OnnxModule
from cellscope.model.own.plane import plane_of_inputs, plane_pca, plane_through
from cellscope.model.spec import CHOICES, DATASETS, Spec, SpecError, most_parameters
from cellscope.model.view import FARTHEST, START_WINDOW, Window

MOST_SINGLE = float(np.finfo(np.float32).max)
MOST_TIMES = 10  # the parameters that a network of the controls may have
MOST_INPUTS = 20_000
NOTES = {"assumed", "cut_off", "one_output"}
STAND_INS = 400  # points N(0, I) where there is no data
ONNX = ".onnx"
EXPORTED = (".pt2", ".pkl", ".pickle", ".joblib")  # which their own loaders unpickle
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was dropped."""

    name: str
    data: bytes

    @property
    def suffix(self) -> str:
        return PurePath(self.name).suffix.lower()


def opened(files: Sequence[File]) -> Opened:
    """The network among the files, with the data if there are any.

    Raises
    ------
    SpecError
        Field ``network`` or ``data``: which file, which rule, which value.
    """
    networks = [file for file in files if not _is_data(file)]
    data = [file for file in files if _is_data(file)]
    if not networks:
        raise SpecError(FIELD, "open_no_network", ", ".join(file.name for file in files))
    if len(networks) > 1 or len(data) > 1:
        raise SpecError(FIELD, "open_several", ", ".join(file.name for file in files))
    layers, activation, notes = _network(networks[0])
    layers, notes = _two_classes(layers, notes)
    inputs, classes = layers[0][0].shape[1], len(layers[-1][1])
    points = None
    if data:
        points = inputs_in(data[0].data, data[0].suffix, data[0].name, inputs, classes)
    elif inputs != 2 or not 2 <= classes <= 8:
        points = _stand_ins(inputs)
    return Opened(shown(networks[0].name), layers, activation, points, tuple(notes))


def checked(network: Opened) -> Opened:
    """One that comes out of a file of Cellscope's own, which anybody may have written.

    Raises
    ------
    SpecError or ValueError
        What `opened` would not have made.
    """
    sizes, points = network.sizes, network.inputs
    _check_numbers(network.layers)
    shapes = [(W.shape, b.shape) for W, b in network.layers]
    sound = shapes == [((n, m), (n,)) for m, n in pairwise(sizes)] and min(sizes) > 0
    sound = sound and 2 <= sizes[0] <= MOST_INPUTS and set(network.notes) <= NOTES
    sound = sound and network.activation in CHOICES["activation"]
    if points is not None:
        sound = sound and points.x.ndim == 2 and points.x.shape[1] == sizes[0]
        sound = sound and points.y.shape == (len(points.x),) and bool(np.isfinite(points.x).all())
        sound = sound and bool(((points.y >= 0) & (points.y < sizes[-1])).all())
    if not sound or network.name != shown(network.name):
        raise ValueError("no network that could have been opened")
    return network


def with_data(network: Opened, file: File) -> Opened:
    """The same network with other points."""
    inputs, classes = network.sizes[0], network.sizes[-1]
    points = inputs_in(file.data, file.suffix, file.name, inputs, classes)
    return Opened(network.name, network.layers, network.activation, points, network.notes)


def is_data(file: File) -> bool:
    """Whether it holds points."""
    return _is_data(file)


def _is_data(file: File) -> bool:
    if file.suffix == ".npz":
        return is_points(file.data)
    return file.suffix in DATA_SUFFIXES


def _network(file: File) -> tuple[Layers, str, list[str]]:
    if not file.data:
        raise SpecError(FIELD, "file_empty", shown(file.name))
    if file.suffix in EXPORTED:
        raise SpecError(FIELD, "network_code", shown(file.name))
    if file.suffix == ONNX:
        found, notes = _onnx(file)
    elif file.suffix in NETWORK_SUFFIXES:
        read = network_in(file.data, file.suffix, shown(file.name), any_inputs=True)
        found, notes = (read.weights, read.activation), ["assumed"] if read.assumed else []
    else:
        choices = ", ".join((*NETWORK_SUFFIXES, ONNX))
        raise SpecError(FIELD, "file_suffix", shown(file.name), choices=choices)
    layers, activation = tuple(found[0]), found[1]
    _check_numbers(layers)
    if layers[0][0].shape[1] < 2:
        raise SpecError(FIELD, "open_inputs", layers[0][0].shape[1])
    return layers, activation, notes


def _check_numbers(layers: Layers) -> None:
    """Not too many, and finite in single precision: that is trained and shown."""
    parameters, most = sum(W.size + b.size for W, b in layers), MOST_TIMES * most_parameters()
    if parameters > most:
        raise SpecError(FIELD, "open_parameters", parameters, high=most)
    for number, arrays in enumerate(layers, start=1):
        for array in arrays:
            largest = float(np.abs(array).max(initial=0.0))
            if not largest <= MOST_SINGLE:  # also catches nan
                value = f"{'Wb'[array.ndim == 1]}{number - 1}: {largest:.3g}"
                raise SpecError(FIELD, "array_single", value)


def _onnx(file: File) -> tuple[tuple[Layers, str], list[str]]:
    graph = read_onnx(file.data, shown(file.name))
    try:
        module = OnnxModule(graph)
    except ValueError as error:
        raise SpecError(FIELD, "own", shown(file.name), reason=str(error)) from None
    size = int(np.prod(module.shape)) if module.shape else 0
    if not 0 < size <= MOST_INPUTS:
        raise SpecError(FIELD, "onnx_shape", f"{module.input}: {module.shape}")
    try:
        read = ReadNetwork(module, module.shape, FIELD)
        read.check()
    except SpecError:
        raise
    except ValueError as error:
        raise SpecError(FIELD, "own", shown(file.name), reason=str(error)) from None
    found = network_weights(read.graph)
    if found is None:
        raise SpecError(FIELD, "open_graph", shown(file.name))
    return (tuple(found[0]), found[1]), ["cut_off"] if module.cut_off else []


def _two_classes(layers: Layers, notes: list[str]) -> tuple[Layers, list[str]]:
    """One output is two classes, below and above 0: its softmax is the sigmoid, exactly."""
    W, b = layers[-1]
    if len(b) > 1:
        return layers, notes
    last = np.concatenate([np.zeros_like(W), W]), np.concatenate([np.zeros(1), b])
    return (*layers[:-1], last), [*notes, "one_output"]


def _stand_ins(inputs: int) -> Inputs:
    """Standard normal points, so that the signal has something to run through."""
    x = np.random.default_rng(0).standard_normal((STAND_INS, inputs))
    return Inputs(x, np.zeros(STAND_INS, np.int64), given=False, labelled=False)


def first_cut(network: Opened) -> Cut | None:
    """The plane that is shown at first: of two inputs none is needed."""
    if network.sizes[0] == 2:
        return None
    points = network.inputs
    if points is not None and points.given:
        try:
            return cut(network, "pca")
        except SpecError:
            pass  # all points on a line
    return cut(network, "inputs 1,2")


def cut(network: Opened, written: str) -> Cut:
    """A plane as it is written: "pca", "inputs i,j" or "points a,b,c", all counted from 1.

    Raises
    ------
    SpecError
        Field ``plane``.
    """
    kind, _, rest = written.partition(" ")
    points = network.inputs
    given = None if points is None or not points.given else points.x
    try:
        if kind == "pca" and not rest:
            if given is None:
                raise SpecError("plane", "plane_data", written)
            arrays = plane_pca(given)
        elif kind == "inputs":
            i, j = _numbers(rest, 2, network.sizes[0])
            at = np.zeros(network.sizes[0]) if given is None else given.mean(axis=0)
            arrays = plane_of_inputs(i, j, at)
        elif kind == "points":
            if given is None:
                raise SpecError("plane", "plane_data", written)
            a, b, c = _numbers(rest, 3, len(given))
            arrays, _ = plane_through(given[a], given[b], given[c])
        else:
            raise SpecError("plane", "plane_written", written)
    except SpecError:
        raise
    except ValueError:  # of points on a line, or one input twice
        raise SpecError("plane", "plane_line", written) from None
    return Cut(written, *arrays)


def _numbers(written: str, count: int, most: int) -> list[int]:
    """So many whole numbers from 1, as places from 0."""
    parts = [part.strip() for part in written.split(",")]
    whole = all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    if len(parts) != count or not whole or not all(1 <= int(part) <= most for part in parts):
        raise SpecError("plane", "plane_numbers", written, count=count, high=most)
    return [int(part) - 1 for part in parts]


def corners(network: Opened, plane: Cut | None) -> Float:
    """Where the three points of a plane through points lie in it. (3, 2), or none of them."""
    if plane is None or network.inputs is None or not plane.written.startswith("points "):
        return np.empty((0, 2))
    rows = _numbers(plane.written.partition(" ")[2], 3, len(network.inputs.x))
    return plane.project(network.inputs.x[rows])[0]


def fitting_window(network: Opened, plane: Cut | None) -> Window:
    """A square around the points, a little larger; the usual one where there are none."""
    points = network.inputs
    if points is None or not points.given:
        return START_WINDOW
    xy = points.x if plane is None else plane.project(points.x)[0]
    low, high = xy.min(axis=0), xy.max(axis=0)
    x, y = ((low + high) / 2).tolist()
    half = 0.6 * float((high - low).max()) or 5.0
    bounds = [float(f"{value:.6g}") for value in (x - half, x + half, y - half, y + half)]
    if max(map(abs, bounds)) > FARTHEST:
        raise SpecError(DATA, "within", f"{max(map(abs, bounds)):.6g}", high=FARTHEST)
    return bounds[0], bounds[1], bounds[2], bounds[3]


def spec_of(network: Opened, spec: Spec) -> Spec:
    """The experiment's settings with this network; a data set that its outputs are enough for."""
    classes, dataset = network.sizes[-1], spec.dataset
    if network.inputs is None:
        low, high = DATASETS[dataset]
        if not low <= classes <= high:
            dataset = next(n for n, (a, b) in DATASETS.items() if a <= classes <= b)
    return spec.but(opened=network, cut=first_cut(network), dataset=dataset)
