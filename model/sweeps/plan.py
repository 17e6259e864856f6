"""`Plan`: what a sweep varies, how often it draws and how long it trains, as one checked value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cellscope.model.spec import FIELD_NAMES, MAX_SEED, OF_FILES, Spec, SpecError
from cellscope.model.view import View

Value = int | float | str
AXES = ("width", "depth", "weight_variance", "bias")  # fields of `Spec` that a sweep can vary
SIZES = ("width", "depth")
MOST_VALUES = 12  # of an axis
MOST_POINTS = 64  # of the grid
SEEDS = (1, 10)
STEPS = (0, 5000)
FIELDS = (("sweep_axis", "sweep_values"), ("sweep_second_axis", "sweep_second_values"))


@dataclass(frozen=True, slots=True)
class Most:
    """How large a grid may be: on the page as large as can be looked at."""

    values: int = MOST_VALUES  # of an axis
    points: int = MOST_POINTS


@dataclass(frozen=True, slots=True)
class Axis:
    """A field of `Spec` and the values it takes, in the order in which they are shown."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A grid of experiments: columns are the first axis's values, rows the second's.

    All of them have the data and, by common random numbers (`model.init`), the same Z, so that one
    sees one network change. Seed k of a point is `spec.seed` + k, as in counts over many draws.
    Refuses nonsense with a `SpecError` that names the axis, its values, seeds or steps.
    """

    spec: Spec
    view: View
    axes: tuple[Axis, ...]
    seeds: int = 3
    steps: int = 300
    most: Most = Most()

    def __post_init__(self) -> None:
        _check_whole("sweep_seeds", self.seeds, SEEDS)
        _check_whole("sweep_steps", self.steps, STEPS)
        object.__setattr__(self, "axes", _checked_axes(self.axes, self.most.values))
        object.__setattr__(self, "spec", _base(self.spec, [axis.field for axis in self.axes]))
        least = self.spec.but(**{a.field: 1 for a in self.axes if a.field in SIZES})
        alone = tuple(_checked_values(least, k, axis) for k, axis in enumerate(self.axes))
        object.__setattr__(self, "axes", alone)
        if self.points > self.most.points:
            high = self.most.points
            raise SpecError("sweep_second_values", "points", self.points, high=high)
        for point in range(self.points):
            _check_together(self, point)

    @property
    def columns(self) -> int:
        """Values of the first axis."""
        return len(self.axes[0].values)

    @property
    def rows(self) -> int:
        """Values of the second axis; 1 without one."""
        return len(self.axes[1].values) if len(self.axes) > 1 else 1

    @property
    def points(self) -> int:
        """Pictures of the grid; point p is in row p // columns and column p % columns."""
        return self.rows * self.columns

    @property
    def networks(self) -> int:
        """Networks to draw and train: one for every point and seed."""
        return self.points * self.seeds

    def changes(self, point: int) -> dict[str, Value]:
        """Field -> value of the axes at a point."""
        row, column = divmod(point, self.columns)
        return {
            axis.field: axis.values[at] for axis, at in zip(self.axes, (column, row), strict=False)
        }

    def spec_of(self, point: int, k: int = 0) -> Spec:
        """The experiment of a point, with its k-th seed."""
        seed = (self.spec.seed + k) % (MAX_SEED + 1)
        return self.spec.but(seed=seed, **self.changes(point))

    def layer_of(self, point: int) -> int:
        """The view's layer, or the last one of a network that has fewer."""
        return min(self.view.layer, self.spec_of(point).layers)

    def others(self, now: Spec) -> tuple[str, ...]:
        """The names of what an experiment has otherwise than the sweep, beside what is varied."""
        varied = [axis.field for axis in self.axes]
        here = _in_effect(now, varied)
        return tuple(
            name
            for name in (*OF_FILES, *FIELD_NAMES)
            if name not in varied and getattr(here, name) != getattr(self.spec, name)
        )

    def each(self) -> Iterator[tuple[int, int]]:
        """(point, k) of all networks: every point with its first seed before any second one."""
        for k in range(self.seeds):
            for point in range(self.points):
                yield point, k


def _check_whole(field: str, value: object, limits: tuple[int, int]) -> None:
    low, high = limits
    if not isinstance(value, int) or isinstance(value, bool):
        raise SpecError(field, "whole", value, low=low, high=high)
    if not low <= value <= high:
        raise SpecError(field, "range", value, low=low, high=high)


def _checked_axes(axes: Any, most: int) -> tuple[Axis, ...]:
    """One or two different fields that a sweep can vary."""
    if not isinstance(axes, tuple) or not 1 <= len(axes) <= len(FIELDS):
        raise SpecError("sweep_axis", "axes", axes)
    for (name, values), axis in zip(FIELDS, axes, strict=False):
        if not isinstance(axis.field, str) or axis.field not in AXES:
            raise SpecError(name, "choice", axis.field, choices=", ".join(AXES))
        if not isinstance(axis.values, tuple) or not 1 <= len(axis.values) <= most:
            count = len(axis.values) if isinstance(axis.values, tuple) else axis.values
            raise SpecError(values, "values", count or "", high=most)
    if len(axes) > 1 and axes[0].field == axes[1].field:
        raise SpecError("sweep_second_axis", "other_axis", axes[1].field)
    return axes


def _base(spec: Spec, varied: list[str]) -> Spec:
    """The experiment that is varied, changed so that the axes take effect.

    As when these controls are touched: s acts for N(0, s) only, and own widths of hidden layers
    give way to width and depth.
    """
    spec = _in_effect(spec, varied)
    if "bias" in varied and spec.init == "pytorch":
        number = varied.index("bias")
        raise SpecError(FIELDS[number][0], "own_biases", "bias", init=spec.init)
    return spec


def _in_effect(spec: Spec, varied: list[str]) -> Spec:
    if "weight_variance" in varied:
        spec = spec.but(init="normal")
    if spec.hidden is not None and set(SIZES) & set(varied):
        spec = spec.but(hidden=None, depth=spec.layers)
    return spec


def _checked_values(spec: Spec, number: int, axis: Axis) -> Axis:
    """The axis with each value as the spec's own type; a refused or repeated one is named.

    The other axis, if it is a size, is 1 in `spec`: what is too much together comes later.
    """
    field = FIELDS[number][1]
    values: list[Value] = []
    for value in axis.values:
        try:
            taken = getattr(spec.but(**{axis.field: value}), axis.field)
        except SpecError as error:
            raise SpecError(field, error.rule, value, **error.limits) from None
        if taken in values:
            raise SpecError(field, "repeated", value)
        values.append(taken)
    return Axis(axis.field, tuple(values))


def _check_together(plan: Plan, point: int) -> None:
    """Two values that are fine alone can be too much together: 200 units in 30 layers."""
    try:
        plan.spec_of(point)
    except SpecError as error:
        value = ", ".join(f"{name} {value}" for name, value in plan.changes(point).items())
        raise SpecError("sweep_second_values", error.rule, value, **error.limits) from None
