"""From dropped files to what an experiment begins with: a network, its points, its plane."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from torch import nn

from cellscope.model.files.inputs import FIELD as DATA
from cellscope.model.files.inputs import SUFFIXES as DATA_SUFFIXES
from cellscope.model.files.inputs import inputs_in, is_points
from cellscope.model.files.networks import FIELD, network_in
from cellscope.model.files.networks import SUFFIXES as NETWORK_SUFFIXES
from cellscope.model.files.onnx_file import read_onnx
from cellscope.model.files.reading import shown
from cellscope.model.opened import Cut, GraphFile, Inputs, Layers, Opened
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.fully_connected import network_weights
from cellscope.model.own.graph import Choice, Graph, Kinks, Step
from cellscope.model.own.on_page.scene import with_classes
from cellscope.model.own.onnx.module import OnnxModule, tried
from cellscope.model.own.plane import plane_of_inputs, plane_pca, plane_through
from cellscope.model.spec import CHOICES, DATASETS, Spec, SpecError, most_parameters
from cellscope.model.view import FARTHEST, START_WINDOW, Window

MOST_SINGLE = float(np.finfo(np.float32).max)
MOST_TIMES = 10  # the parameters that a network of the controls may have
MOST_INPUTS = 20_000
MOST_LAYERS = 32  # of a graph: as many can be looked at
MOST_UNITS = 200_000  # of a graph
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
    bare = _network(networks[0])
    inputs, classes = bare.sizes[0], bare.sizes[-1]
    points = None
    if data:
        points = inputs_in(data[0].data, data[0].suffix, data[0].name, inputs, classes)
    elif inputs != 2 or not 2 <= classes <= 8:
        points = _stand_ins(inputs)
    return replace(bare, inputs=points)


def checked(network: Opened) -> Opened:
    """One that comes out of a file of Cellscope's own, which anybody may have written.

    Raises
    ------
    SpecError or ValueError
        What `opened` would not have made.
    """
    sizes, points = network.sizes, network.inputs
    if network.graph is not None:
        again = _onnx(File(network.name, network.graph.data)).graph
        sound = again == network.graph and not network.layers
    else:
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
    return replace(network, inputs=points)


def is_data(file: File) -> bool:
    """Whether it holds points."""
    return _is_data(file)


def _is_data(file: File) -> bool:
    if file.suffix == ".npz":
        return is_points(file.data)
    return file.suffix in DATA_SUFFIXES


def _network(file: File) -> Opened:
    """The network in a file, without points."""
    if not file.data:
        raise SpecError(FIELD, "file_empty", shown(file.name))
    if file.suffix in EXPORTED:
        raise SpecError(FIELD, "network_code", shown(file.name))
    if file.suffix == ONNX:
        return _onnx(file)
    if file.suffix in NETWORK_SUFFIXES:
        read = network_in(file.data, file.suffix, shown(file.name), any_inputs=True)
        notes = ["assumed"] if read.assumed else []
        return _of_layers(file, tuple(read.weights), read.activation, notes)
    choices = ", ".join((*NETWORK_SUFFIXES, ONNX))
    raise SpecError(FIELD, "file_suffix", shown(file.name), choices=choices)


def _of_layers(file: File, layers: Layers, activation: str, notes: list[str]) -> Opened:
    _check_numbers(layers)
    _check_inputs(layers[0][0].shape[1])
    layers, notes = _two_classes(layers, notes)
    return Opened(shown(file.name), layers, activation, None, tuple(notes))


def _check_inputs(inputs: int) -> None:
    if inputs < 2:
        raise SpecError(FIELD, "open_inputs", inputs)


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


def _onnx(file: File) -> Opened:
    """A chain of layers, or what only a graph can hold."""
    module = onnx_module(file.data, shown(file.name))
    try:
        read = ReadNetwork(module, module.shape, FIELD)
        read.check()
    except SpecError:
        raise
    except ValueError as error:
        raise SpecError(FIELD, "own", shown(file.name), reason=str(error)) from None
    notes = ["cut_off"] if module.cut_off else []
    found = network_weights(read.graph)
    if found is not None:
        return _of_layers(file, tuple(found[0]), found[1], notes)
    _check_inputs(int(np.prod(module.shape)))
    outputs = int(np.prod(read.graph.nodes[read.graph.output].shape))
    graph = graph_file(file.data, with_classes(read.graph), parameters_of(read.module))
    notes += ["one_output"] if outputs == 1 else []
    return Opened(shown(file.name), (), "relu", None, tuple(notes), graph)


def onnx_module(data: bytes, name: str) -> OnnxModule:
    """The operations in a file; inputs of a known shape that is not too large."""
    try:
        module = OnnxModule(read_onnx(data, name))
        if not 0 < math.prod(module.shape or (0,)) <= MOST_INPUTS:
            raise SpecError(FIELD, "onnx_shape", f"{module.input}: {module.shape}")
        tried(module)
    except SpecError:
        raise
    except ValueError as error:
        reason = str(error).removeprefix(f"{FIELD}: ")
        raise SpecError(FIELD, "own", name, reason=reason) from None
    return module


def parameters_of(module: nn.Module) -> int:
    """Numbers of its state dict."""
    return sum(value.numel() for value in module.state_dict().values())


def graph_file(data: bytes, graph: Graph, parameters: int) -> GraphFile:
    """What is known of a graph without reading it again.

    Raises
    ------
    SpecError
        Field ``network``: too many layers or units to be looked at.
    """
    layers = range(1, graph.layers + 1)
    sizes = (int(np.prod(graph.shape)), *(graph.units(k) for k in layers))
    if graph.layers > MOST_LAYERS:
        raise SpecError(FIELD, "open_layers", graph.layers, high=MOST_LAYERS)
    if sum(sizes) > MOST_UNITS:
        raise SpecError(FIELD, "open_units", sum(sizes), high=MOST_UNITS)
    if parameters > MOST_TIMES * most_parameters():
        raise SpecError(FIELD, "open_parameters", parameters, high=MOST_TIMES * most_parameters())
    steps = tuple(_said_of(graph, k) for k in range(1, graph.layers))
    return GraphFile(data, sizes, steps, parameters, graph.exact(graph.layers))


def _said_of(graph: Graph, layer: int) -> str:
    """A step by its kind and the shape of its output: ReLU 6×24×24."""
    node = graph.nodes[graph.steps[layer - 1]]
    return f"{_kind_of(node.step)} {'×'.join(map(str, node.shape))}"


def _kind_of(step: Step | None) -> str:
    if isinstance(step, Choice):
        return "max"
    if not isinstance(step, Kinks):
        return "smooth"
    low = step.slopes[0]
    if len(step.kinks) > 1:
        return "clip"
    if not isinstance(low, float):
        return "PReLU"
    return {0.0: "ReLU", -1.0: "|y|"}.get(low, "leaky ReLU")


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


def closed(spec: Spec) -> Spec:
    """The settings without the network from a file; its classes, where the data can have so many.

    Nobody knows any more what there was before it: the server was started anew, say.
    """
    low, high = DATASETS.get(spec.dataset, (2, 2))  # points of one's own have their own
    classes = min(max(spec.classes, low), high)
    return spec.but(opened=None, cut=None, hidden=None, classes=classes)


def cut(network: Opened, written: str) -> Cut:
    """A plane as it is written: "pca", "inputs i,j" or "points a,b,c", all counted from 1.

    Raises
    ------
    SpecError
        Field ``plane``, or ``data`` where its points lie beyond all windows.
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
    made = Cut(written, *arrays)
    fitting_window(network, made)  # its points can be shown
    return made


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
    """A square around the points, a little larger; the usual one where there are none.

    Raises
    ------
    SpecError
        Field ``data``: beyond what a window can show.
    """
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
    dataset = spec.dataset if _is_for(network, spec) else _first_for(network.sizes[-1])
    plane = first_cut(network)
    fitting_window(network, plane)  # its points can be shown
    return spec.but(opened=network, cut=plane, dataset=dataset)


def _is_for(network: Opened, spec: Spec) -> bool:
    """Whether the data set has points for the network, and not more classes than it."""
    own, classes = spec.own, network.sizes[-1]
    if own is not None:
        of_plane = network.inputs is None and network.sizes[0] == 2
        return of_plane and own.classes is not None and own.classes <= classes
    low, high = DATASETS[spec.dataset]
    return network.inputs is not None or low <= classes <= high


def _first_for(classes: int) -> str:
    """The first data set of so many classes; none is shown beside points from a file."""
    fitting = (name for name, (low, high) in DATASETS.items() if low <= classes <= high)
    return next(fitting, next(iter(DATASETS)))
