"""How each mode is drawn: from the exact complex, on a grid, and before the kernels are there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.dense import (
    class_picture,
    compact,
    confidence_picture,
    joint_pattern_ids,
    neighbour_pairs,
    pattern_ids,
)
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.numpy_fallback import plain_classes, plain_patterns
from cellscope.model.cells.grid.values import output_values, value_indices
from cellscope.model.cells.picture import exact_picture as exact
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.picture import Picture, confidence_indices
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

Indices = NDArray[np.uint8]
Values = NDArray[np.float64]
Weights = Sequence[tuple[NDArray[Any], NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a grid shows: palette indices (height, width), how many things, in how many colours."""

    indices: Indices
    count: int
    colours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """One mode's ways.

    Attributes
    ----------
    exact : callable
        ``(snapshot, view, layer, faces, lines)``: the picture within a budget of faces, with so
        many lines at most; `BudgetExceeded` or `BelowReach` where there is none.
    on_grid : callable
        ``(weights, activation, grid, layer)``: by evaluation at points, of any activation.
    plain : callable
        ``(snapshot, view, layer)``: in NumPy alone, while the kernels are being compiled.
    shade : callable or None
        ``(logits, classes)``: of any network's outputs; None where its classes or cells say it all.
    """

    exact: Callable[[Snapshot, View, int, int, int], Picture]
    on_grid: Callable[[Weights, str, Grid, int], Seen]
    plain: Callable[[Snapshot, View, int], Seen]
    shade: Callable[[Values, Indices], Indices] | None


def _patterns(ids_of: Callable[..., Any], weights: Weights, name: str, grid: Grid, i: int) -> Seen:
    labels, distinct = compact(ids_of(weights, name, grid, i))
    palette = assign_colours(distinct, neighbour_pairs(labels))
    return Seen(palette[labels], len(distinct), len(np.unique(palette)))


def _classes(weights: Weights, activation: str, grid: Grid, _: int) -> Seen:
    indices = class_picture(weights, activation, grid)
    return Seen(indices, *[len(np.unique(indices))] * 2)


def _confidence(weights: Weights, activation: str, grid: Grid, _: int) -> Seen:
    classes, sure = confidence_picture(weights, activation, grid)
    return Seen(confidence_indices(sure, classes), *[len(np.unique(classes))] * 2)


def _sure(logits: Values, classes: Indices) -> Indices:
    """The softmax of the chosen class. (n, classes), (n,)"""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    own = shifted[np.arange(len(classes)), classes] / shifted.sum(axis=1)
    return confidence_indices(own, classes)


def _plain_patterns(snapshot: Snapshot, view: View, layer: int) -> Seen:
    indices, count = plain_patterns(snapshot, view, layer)
    return Seen(indices, count, len(np.unique(indices)))


def _plain_classes(snapshot: Snapshot, view: View, _: int) -> Seen:
    classes, _sure = plain_classes(snapshot, view)
    return Seen(classes, *[len(np.unique(classes))] * 2)


def _plain_confidence(snapshot: Snapshot, view: View, _: int) -> Seen:
    classes, sure = plain_classes(snapshot, view)
    return Seen(confidence_indices(sure, classes), *[len(np.unique(classes))] * 2)


def value_seen(snapshot: Snapshot, grid: Grid) -> Seen:
    """The output of a regression, between its targets."""
    indices = exact.value_picture(snapshot, grid)
    return Seen(indices, *[len(np.unique(indices))] * 2)


def _value(weights: Weights, activation: str, grid: Grid, _: int) -> Seen:
    """The same of weights alone, whose targets are not known: from -1 to 1."""
    indices = value_indices(output_values(weights, activation, grid), (-1.0, 1.0))
    return Seen(indices, *[len(np.unique(indices))] * 2)


def _plain_value(snapshot: Snapshot, view: View, _: int) -> Seen:
    return value_seen(snapshot, Grid(view.window, view.pixels, view.pixels, snapshot.spec.features))


PAINTERS: dict[str, Painter] = {
    "cells": Painter(
        exact=exact.cells,
        on_grid=partial(_patterns, pattern_ids),
        plain=_plain_patterns,
        shade=None,
    ),
    "regions": Painter(
        exact=exact.regions,
        on_grid=partial(_patterns, joint_pattern_ids),
        plain=_plain_patterns,
        shade=None,
    ),
    "classes": Painter(exact=exact.classes, on_grid=_classes, plain=_plain_classes, shade=None),
    "confidence": Painter(
        exact=exact.confidence, on_grid=_confidence, plain=_plain_confidence, shade=_sure
    ),
    "value": Painter(exact=exact.value, on_grid=_value, plain=_plain_value, shade=None),
}
