"""The file to take along: data, weights, moments and the pattern picture of one snapshot."""

import json
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import activation_of
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.own_code.labels import Content, inclusive_axes, label_picture
from cellscope.model.own_code.moments import LayerMoments, layer_moments
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

FORMAT = "cellscope-code-1"
STATISTICS = ("mean", "variance", "data_variance", "mean_square")


def module_names(spec: Spec) -> str:
    """The class in `torch.nn` between the layers; a comma list where they differ."""
    names = [activation_of(name).module for name in spec.activation.split(",")]
    return ",".join(names)


def code_arrays(snapshot: Snapshot, view: View) -> dict[str, NDArray[Any]]:
    """The file as named arrays: plain numbers and texts, which load without pickle.

    =====================  ============  ========================================================
    ``W0, b0, W1, …``                    layer i + 1: W (fan_out, fan_in), b (fan_out,), float64
    ``theta``              (P,)          all of them, flat, in the order of ``net.parameters()``
    ``shapes``             (L, 2)        fan-in and fan-out of every layer
    ``activation``         ()            its class in ``torch.nn``, between the layers
    ``x_train, y_train``   (n, 2), (n,)  standardised points and classes; likewise ``…_test``
    ``mean``, …            (L,)          moments before the activation, on the training points:
                                         `STATISTICS`, and the same with ``post_`` after it
    ``layer``              ()            i, from 1: whose pattern the picture shows
    ``window``             (4,)          x0, x1, y0, y1
    ``x1, x2``             (n,)          the picture's columns, ascending, and rows, descending
    ``picture``            (n, n)        labels: y > 0 of layer i, sign vectors numbered in
                                         lexicographic order; row 0 is the top
    ``step``               ()            how often the weights were updated
    ``spec``               ()            all settings, as JSON
    =====================  ============  ========================================================
    """
    spec, data = snapshot.spec, make_data(snapshot.spec)
    layer = min(view.layer, spec.layers)
    axes = inclusive_axes(view.window, view.pixels)
    picture = label_picture(snapshot.weights, spec.activation, axes, Content("pattern", layer))
    network: dict[str, NDArray[Any]] = {}
    for i, (W, b) in enumerate(snapshot.full_weights):
        network |= {f"W{i}": W.astype(np.float64), f"b{i}": b.astype(np.float64)}
    return network | {
        "format": np.array(FORMAT),
        "theta": np.concatenate([part.ravel() for part in network.values()]),
        "shapes": np.array([W.shape[::-1] for W, _ in snapshot.full_weights]),
        "activation": np.array(module_names(spec)),
        "x_train": data.train_x,
        "y_train": data.train_y,
        "x_test": data.test_x,
        "y_test": data.test_y,
        **_moments(layer_moments(snapshot.full_weights, spec.activation, train_inputs(spec, data))),
        "layer": np.array(layer),
        "window": np.array(view.window),
        "x1": axes.x1,
        "x2": axes.x2,
        "picture": picture.astype(np.int32),
        "step": np.array(snapshot.shown_step),
        "spec": np.array(json.dumps(spec.values())),
    }


def code_npz(snapshot: Snapshot, view: View) -> bytes:
    """`code_arrays` as a .npz file, which `cellscope cells` reads as a network as well."""
    stream = BytesIO()
    arrays: dict[str, Any] = code_arrays(snapshot, view)
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _moments(layers: list[LayerMoments]) -> dict[str, NDArray[Any]]:
    """The moments of the layers 1 … L, before and after the activation."""
    return {
        prefix + name: np.array([getattr(getattr(layer, side), name) for layer in layers[1:]])
        for prefix, side in (("", "pre"), ("post_", "post"))
        for name in STATISTICS
    }
