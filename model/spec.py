"""`Spec`: everything that defines an experiment, as one frozen, validated value.

Equal specs give bitwise equal data, weights and batches. What is *looked at* is a `View`.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Self

from cellscope.model.activations import ACTIVATIONS, Activation, between_layers
from cellscope.model.opened import Cut, GraphFile, Opened
from cellscope.model.own_data import FARTHEST, MOST_CLASSES, OwnData
from cellscope.model.spec_error import SpecError as SpecError
from cellscope.model.spec_error import shorten as shorten

DATASETS: dict[str, tuple[int, int]] = {  # name -> the fewest and the most classes it can have
    "moons": (2, 2),
    "circles": (2, 2),
    "spirals": (2, 8),
    "blobs": (2, 8),
    "rings": (2, 8),
    "xor": (2, 2),
    "checkerboard": (2, 8),
    "circle": (2, 2),  # from here on as TensorFlow Playground has them
    "gauss": (2, 8),
    "spiral": (2, 8),
    "plane": (2, 8),
    "multi-gauss": (2, 8),
}
TASKS = ("classes", "regression")
INITS = ("he", "normal", "xavier", "lecun", "pytorch", "orthogonal", "lsuv", "zeros")
BIASES = ("fixed", "zero", "like-weights")
OPTIMIZERS = ("sgd", "momentum", "adam")
FEATURES = ("x2", "y2", "xy", "sinx", "siny")  # inputs beside x and y: x², y², x·y, sin x, sin y

CHOICES: dict[str, Collection[str]] = {
    "task": TASKS,
    "dataset": tuple(DATASETS),
    "activation": ACTIVATIONS,
    "init": INITS,
    "bias": BIASES,
    "optimizer": OPTIMIZERS,
}
OWN = "own"  # the data set that is a value of its own: drawn, from a file, or a formula
MAX_SEED = 2**32 - 1
LIMITS: dict[str, tuple[float, float]] = {
    "samples": (10, 10_000),
    "noise": (0.0, 1.0),
    "classes": (2, 8),
    "balance": (0.05, 1.0),
    "test_share": (0.05, 0.9),
    "data_seed": (0, MAX_SEED),
    "width": (1, 256),
    "depth": (1, 32),
    "weight_variance": (1e-6, 1e6),
    "bias_variance": (0.0, 1e6),
    "seed": (0, MAX_SEED),
    "learning_rate": (1e-6, 100.0),
    "batch_size": (1, 10_000),
    "momentum": (0.0, 0.999),
    "l1": (0.0, 10.0),
    "l2": (0.0, 10.0),
}
MAX_PARAMETERS = 200_000
FEWEST_NORMALISED = 2  # points of a batch: one has no variance
# What changes without a new experiment.
LIVE_FIELDS = frozenset({"learning_rate", "batch_size", "momentum", "l1", "l2"})
LONGEST_LIST = 400  # characters of a list of activations


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One experiment. Refuses nonsense with a `SpecError`; never falls back silently."""

    task: str = "classes"  # or regression: one output, squared loss
    dataset: str = "moons"
    samples: int = 800  # training and test points together
    noise: float = 0.15  # standard deviation, before the data are standardised
    classes: int = 2
    balance: float = 1.0  # points of the last class for each of the first
    test_share: float = 0.25  # of the points, held out
    data_seed: int = 0
    width: int = 16  # units in each hidden layer
    depth: int = 5  # linear layers, the output layer included
    hidden: tuple[int, ...] | None = None  # hidden widths; overrides width and depth
    features: tuple[str, ...] = ()  # further inputs, of FEATURES
    activation: str = "relu"  # or a comma list, one for each hidden layer
    batch_norm: bool = False  # of the pre-activations of all hidden layers
    init: str = "he"
    weight_variance: float = 1.0  # s in N(0, s): the variance, not the deviation; for "normal"
    bias: str = "fixed"
    bias_variance: float = 0.25  # of bias="fixed"
    seed: int = 0
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    batch_size: int = 64
    momentum: float = 0.9  # of optimizer="momentum"
    l1: float = 0.0  # the loss to descend has l1 · Σ|w| + l2/2 · Σw² added, biases left out
    l2: float = 0.0
    opened: Opened | None = None  # a network from a file: its sizes and weights instead of these
    cut: Cut | None = None  # the plane of its inputs that is seen; live
    own: OwnData | None = None  # of the data set "own"

    def __post_init__(self) -> None:
        if self.opened is not None:
            self._be_as_opened(self.opened)
        for name in CHOICES:
            if name != "activation" and (name != "dataset" or not self._has_own):
                _check_choice(name, getattr(self, name))
        for name, limits in LIMITS.items():
            if self.opened is not None and name in ("width", "depth", "classes"):
                continue
            checked = _check_number(name, getattr(self, name), limits, _is_float(name))
            object.__setattr__(self, name, checked)
        if self.hidden is not None and self.opened is None:
            object.__setattr__(self, "hidden", _check_hidden(self.hidden))
        object.__setattr__(self, "features", _check_features(self.features))
        if not isinstance(self.batch_norm, bool):
            raise SpecError("batch_norm", "choice", self.batch_norm, choices="false, true")
        if self.batch_norm and self.batch_size < FEWEST_NORMALISED:
            raise SpecError("batch_size", "batch_norm", self.batch_size, low=FEWEST_NORMALISED)
        if self.hidden == ():  # one way to write a network without hidden layer
            object.__setattr__(self, "hidden", None)
            object.__setattr__(self, "depth", 1)
        object.__setattr__(self, "activation", _check_activation(self))
        if self.opened is None:
            _check_size(self)
        if self._has_own:
            self._take_own(self.own)
            return
        object.__setattr__(self, "own", None)
        if self.opened is None or self.opened.inputs is None:
            _check_classes(self.dataset, self.classes)

    def _be_as_opened(self, opened: Opened) -> None:
        """What a network from a file brings along, whatever the controls say."""
        _, *hidden, classes = opened.sizes
        brought: dict[str, Any] = {
            "hidden": tuple(hidden),
            "classes": classes,
            "activation": opened.activation,
        }
        brought |= {"features": (), "batch_norm": False, "task": "classes"}
        for name, value in brought.items():
            object.__setattr__(self, name, value)

    @property
    def _has_own(self) -> bool:
        return isinstance(self.dataset, str) and self.dataset == OWN  # pyright: ignore[reportUnnecessaryIsInstance]

    def _take_own(self, own: OwnData | None) -> None:
        """The classes are those of the points."""
        if own is None:
            raise SpecError("dataset", "own_missing", OWN)
        if own.farthest > FARTHEST and not own.standardise:
            raise SpecError("dataset", "own_far", own.farthest, high=FARTHEST)
        if self.is_regression:
            return
        if own.classes is None:
            raise SpecError("task", "own_classes", len(own.values), high=MOST_CLASSES)
        if self.opened is None:
            object.__setattr__(self, "classes", own.classes)
        elif own.classes > self.classes:
            raise SpecError("dataset", "own_more", own.classes, high=self.classes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the inputs (2 and the features) first and the logits last."""
        if self.opened is not None:
            return self.opened.sizes
        hidden = (self.width,) * (self.depth - 1) if self.hidden is None else self.hidden
        return (2 + len(self.features), *hidden, self.outputs)

    @property
    def is_regression(self) -> bool:
        """Whether the output is a number that follows a target, and not one for each class."""
        return self.task == "regression"

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        return 1 if self.is_regression else self.classes

    @property
    def folding_layers(self) -> int:
        """How many layers, from the first, have an activation after them that bends the map."""
        if self.graph is not None:
            return len(self.graph.steps)
        bent = [layer for layer, row in enumerate(self.activations, start=1) if row.bends]
        return bent[-1] if bent else 0

    @property
    def layers(self) -> int:
        """L, the number of linear layers."""
        return len(self.sizes) - 1

    @property
    def activations(self) -> tuple[Activation, ...]:
        """What stands after each hidden layer."""
        return between_layers(self.activation, self.layers - 1)

    @property
    def one_activation(self) -> str | None:
        """The name of the activation that all hidden layers have; None if they have several."""
        return None if "," in self.activation or self.graph is not None else self.activation

    @property
    def trains(self) -> bool:
        """Whether it can be trained at all."""
        return self.opened is None or not self.opened.still

    @property
    def has_points(self) -> bool:
        """Whether there are data: else others stand in, for the signal to run through."""
        points = None if self.opened is None else self.opened.inputs
        return points is None or points.given

    @property
    def labelled(self) -> bool:
        """Whether its points have classes or targets: else there is no loss."""
        points = None if self.opened is None else self.opened.inputs
        return points is None or points.labelled

    @property
    def graph(self) -> GraphFile | None:
        """Of a network from a file that is no chain of layers: then there are no weights by layer.

        `activation` and `activations` say nothing of it.
        """
        return None if self.opened is None else self.opened.graph

    @property
    def is_exact(self) -> bool:
        """Whether the cells of all layers are polygons."""
        if self.graph is not None:
            return self.graph.exact
        return not self.features and all(row.exact for row in self.activations)

    @property
    def is_homogeneous(self) -> bool:
        """Whether without biases it is positively homogeneous: f(c x) = c f(x) for c > 0."""
        return (self.graph is None and not self.features) and all(
            row.below is not None or not row.bends for row in self.activations
        )

    @property
    def why_grid(self) -> str:
        """What keeps the cells from being polygons."""
        return "features" if self.features else "activation"

    @property
    def normalised(self) -> tuple[int, ...]:
        """Widths of the layers that are normalised, from the first."""
        return self.sizes[1:-1] if self.batch_norm else ()

    @property
    def parameters(self) -> int:
        """Weights and biases of all layers, and scales and shifts of what is normalised."""
        if self.graph is not None:
            return self.graph.parameters
        return sum((n + 1) * m for n, m in pairwise(self.sizes)) + 2 * sum(self.normalised)

    def but(self, **changes: Any) -> Self:
        """The same experiment with some settings changed.

        Of several activations, layers that come take the last one, and those that go take theirs.
        """
        if "," in self.activation and "activation" not in changes:
            hidden, depth = (changes.get(name, getattr(self, name)) for name in ("hidden", "depth"))
            count = len(hidden) if isinstance(hidden, tuple | list) else depth - 1
            names = self.activation.split(",")
            fitted = (names + names[-1:] * max(0, count))[: max(1, count)]
            changes["activation"] = ",".join(fitted)
        return replace(self, **changes)

    @property
    def untrained(self) -> Self:
        """The settings that the start depends on, those of the training as at first."""
        return self.but(optimizer="sgd", **_SAME_LIVE)

    def same_start(self, other: "Spec") -> bool:
        """Whether both begin with the same data and weights: only live settings may differ."""
        return self._start() == other._start()

    def same_beginning(self, other: "Spec") -> bool:
        """The same, and drawn points are the same, too: they can be drawn on while it trains."""
        return self._start() == other._start() and self.own == other.own

    def _start(self) -> tuple[object, ...]:
        own = self.own
        settings = (getattr(self, name) for name in FIELD_NAMES if name not in LIVE_FIELDS)
        return (*settings, self.opened, "drawn" if own is not None and own.kind == "drawn" else own)

    def values(self) -> dict[str, Any]:
        """Name -> value of the settings: of what came from a file nothing."""
        return {name: getattr(self, name) for name in FIELD_NAMES}


OF_FILES = ("opened", "cut", "own")  # what no link and no table can hold
FIELD_NAMES = tuple(field.name for field in fields(Spec) if field.name not in OF_FILES)
_SAME_LIVE: dict[str, Any] = {
    field.name: field.default for field in fields(Spec) if field.name in (*LIVE_FIELDS, "cut")
}


def check_drawn(spec: Spec, field: str) -> None:
    """Raise where something is asked of a network that is drawn, and this one is from a file."""
    if spec.opened is not None:
        raise SpecError(field, "opened", spec.opened.name)


def check_layers(spec: Spec, field: str) -> None:
    """Raise where something is asked of layers with weights, and the network is a graph."""
    if spec.graph is not None and spec.opened is not None:
        raise SpecError(field, "graph", spec.opened.name)


def _is_float(name: str) -> bool:
    return next(field for field in fields(Spec) if field.name == name).type is float


def _check_choice(name: str, value: object) -> None:
    if not isinstance(value, str) or value not in CHOICES[name]:
        raise SpecError(name, "choice", value, choices=", ".join(CHOICES[name]))


def _check_activation(spec: "Spec") -> str:
    """A name, or one for each hidden layer; of the same for all layers, its name."""
    value: object = spec.activation
    names = value.split(",") if isinstance(value, str) and len(value) < LONGEST_LIST else []
    if not names or any(name not in ACTIVATIONS for name in names):
        raise SpecError("activation", "choice", value, choices=", ".join(ACTIVATIONS))
    hidden = spec.layers - 1
    if len(names) not in (1, hidden):
        raise SpecError("activation", "activations", value, given=len(names), hidden=hidden)
    return names[0] if len(set(names)) == 1 else ",".join(names)


def _check_number(
    name: str, value: object, limits: tuple[float, float], as_float: bool
) -> int | float:
    """The value as the field's own type; bools are no numbers here."""
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(name, "number" if as_float else "whole", value, low=low, high=high)
    if not as_float and isinstance(value, float) and not value.is_integer():  # nor inf, nan
        raise SpecError(name, "whole", value, low=low, high=high)
    if not low <= value <= high:  # also catches nan
        raise SpecError(name, "range", value, low=low, high=high)
    # + 0.0 makes -0.0 a plain 0.0: the two are equal, so they must give bitwise equal weights.
    return float(value) + 0.0 if as_float else int(value)


def _check_features(value: object) -> tuple[str, ...]:
    """Each once, in the order of FEATURES: equal sets are equal settings."""
    if not isinstance(value, tuple | list) or any(name not in FEATURES for name in value):
        raise SpecError("features", "features", value, choices=", ".join(FEATURES))
    return tuple(name for name in FEATURES if name in value)


def _check_hidden(value: object) -> tuple[int, ...]:
    low, high = LIMITS["width"]
    most = int(LIMITS["depth"][1]) - 1
    if not isinstance(value, tuple | list):
        raise SpecError("hidden", "widths", value, low=low, high=high)
    if len(value) > most:
        raise SpecError("hidden", "too_many_layers", len(value), high=most)
    return tuple(int(_check_number("hidden", n, LIMITS["width"], False)) for n in value)


def _check_classes(dataset: str, classes: int) -> None:
    low, high = DATASETS[dataset]
    if not low <= classes <= high:
        rule = "classes_of_dataset" if low < high else "classes_exactly"
        raise SpecError("classes", rule, classes, dataset=dataset, low=low, high=high)


class _Sizes:
    """How large a network may be, in this process."""

    parameters = MAX_PARAMETERS


def limit_parameters(most: int = MAX_PARAMETERS) -> None:
    """From now on no network of this process has more parameters; for a server's start."""
    _Sizes.parameters = most


def most_parameters() -> int:
    """That a network of this process may have."""
    return _Sizes.parameters


def _check_size(spec: Spec) -> None:
    most = most_parameters()
    if spec.parameters > most:
        field = "width" if spec.hidden is None else "hidden"
        value = spec.width if spec.hidden is None else ",".join(map(str, spec.hidden))
        raise SpecError(field, "parameters", value, parameters=spec.parameters, high=most)
