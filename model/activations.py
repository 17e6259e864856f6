"""The activations: one row each, and all the rest of the program asks the row.

Piecewise linear ones are given by their pieces, so that cells are exact polygons; smooth ones
have none, and their cells are read from a grid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor  # imported where it is called: a command's --help need not wait

Array = NDArray[Any]

LEAKY_SLOPE = 0.01  # of leaky_relu below 0: torch.nn.LeakyReLU's default


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """a(y), elementwise, between the layers of a network.

    Attributes
    ----------
    name : str
        As in links, commands and files.
    module : str
        Its class in `torch.nn`, which needs no arguments; ``Abs`` is one that scripts define.
    kinks, slopes : tuple of float
        Where it is piecewise linear: p kinks in ascending order, the p + 1 slopes from left to
        right. The pattern of a unit says how many kinks lie below y. Both empty where it is
        smooth. The identity has a kink that bends nothing: its pattern is the sign.
    start : float
        a(kinks[0]).
    value : callable
        a(y) of numpy arrays.
    slope : callable
        a'(y) of numpy arrays, from h = a(y), or from y itself where `from_input` is true. Where
        there are two slopes, the one of autograd.
    forward : callable
        y ← a(y) in place, in torch.
    backward : callable
        δ ← a'(y) δ in place, in torch: of (δ, h), or (δ, y) where `from_input` is true.
    by_lanes : bool
        Whether PyTorch rounds `forward` otherwise in the lanes of a vector than one by one, so
        that it depends on how a tensor lies in memory.
    """

    name: str
    module: str
    kinks: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    start: float = 0.0
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    forward: Callable[["Tensor"], Any]
    backward: Callable[["Tensor", "Tensor"], Any]
    from_input: bool = False
    by_lanes: bool = False

    def __reduce__(self) -> tuple[Callable[[str], "Activation"], tuple[str]]:
        """Another process has the same row."""
        return activation_of, (self.name,)

    @property
    def exact(self) -> bool:
        """Whether the cells are polygons."""
        return bool(self.kinks)

    @property
    def bends(self) -> bool:
        """Whether it is more than a straight line."""
        return not self.kinks or len(set(self.slopes)) > 1

    @property
    def below(self) -> float | None:
        """Slope a of the negative half where a(y) is y above 0 and a y below; None of others.

        These are homogeneous, a(c y) = c a(y) for c > 0, and theory has closed forms for them.
        """
        one_kink = self.kinks == (0.0,) and self.start == 0.0 and self.slopes[1] == 1.0
        return self.slopes[0] if one_kink else None


def activation_of(name: str) -> Activation:
    """The row of a name.

    Raises
    ------
    ValueError
        There is none of this name.
    """
    found = ACTIVATIONS.get(name)
    if found is None:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {name!r}")
    return found


def activate(y: Array, name: str) -> Array:
    """a(y), elementwise."""
    return activation_of(name).value(y)


def between_layers(names: str, hidden: int) -> tuple[Activation, ...]:
    """The activation after each of the hidden layers: one name for all, or a comma list of them.

    >>> [row.name for row in between_layers("relu", 2)]
    ['relu', 'relu']

    Raises
    ------
    ValueError
        An unknown name; a list that is not as long as there are hidden layers.
    """
    rows = tuple(activation_of(name) for name in names.split(","))
    if len(rows) == 1:
        return rows * hidden
    if len(rows) != hidden:
        raise ValueError(f"activation: {len(rows)} for {hidden} hidden layers")
    return rows


def slope_below(name: str | None) -> float | None:
    """`Activation.below` of a name; 1 for None, no activation at all; None of a comma list.

    >>> slope_below("relu"), slope_below("leaky_relu"), slope_below(None), slope_below("tanh")
    (0.0, 0.01, 1.0, None)
    """
    if name is not None and "," in name:
        return None
    return 1.0 if name is None else activation_of(name).below


def exact_names() -> tuple[str, ...]:
    """Names of the activations whose cells are polygons."""
    return tuple(name for name, row in ACTIVATIONS.items() if row.exact)


def _leaky_forward(y: "Tensor") -> None:
    from torch.nn.functional import leaky_relu_

    leaky_relu_(y, LEAKY_SLOPE)


@cache
def _kernel(name: str) -> Callable[..., Any]:
    """PyTorch's own backward of a function, which writes into `grad_input`."""
    import torch

    return getattr(torch.ops.aten, f"{name}_backward").grad_input


def _relu_backward(delta: "Tensor", h: "Tensor") -> None:
    _kernel("threshold")(delta, h, 0.0, grad_input=delta)


def _leaky_backward(delta: "Tensor", h: "Tensor") -> None:
    _kernel("leaky_relu")(delta, h, LEAKY_SLOPE, True, grad_input=delta)


def _tanh_backward(delta: "Tensor", h: "Tensor") -> None:
    _kernel("tanh")(delta, h, grad_input=delta)


def _hard_backward(delta: "Tensor", y: "Tensor", low: float, high: float) -> None:
    _kernel("hardtanh")(delta, y, low, high, grad_input=delta)


def _sigmoid(y: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * y)  # no exponential that overflows


def _normal_share(y: Array) -> Array:
    """Φ(y), the distribution function of N(0, 1)."""
    import torch

    return torch.special.ndtr(torch.from_numpy(np.ascontiguousarray(y))).numpy()


def _gelu_slope(y: Array) -> Array:
    return _normal_share(y) + y * np.exp(-0.5 * y * y) / np.sqrt(2.0 * np.pi)


def _silu_slope(y: Array) -> Array:
    share = _sigmoid(y)
    return share * (1.0 + y * (1.0 - share))


def _in_place(name: str) -> Callable[["Tensor"], Any]:
    """PyTorch's own function, in place."""

    def forward(y: "Tensor") -> None:
        import torch

        getattr(torch.ops.aten, f"{name}_")(y)

    return forward


_ROWS = (
    Activation(
        name="relu",
        module="ReLU",
        kinks=(0.0,),
        slopes=(0.0, 1.0),
        value=lambda y: np.maximum(y, 0.0),
        slope=lambda h: np.where(h > 0, 1.0, 0.0),
        forward=lambda y: y.relu_(),
        backward=_relu_backward,
    ),
    Activation(
        name="leaky_relu",
        module="LeakyReLU",
        kinks=(0.0,),
        slopes=(LEAKY_SLOPE, 1.0),
        value=lambda y: np.where(y > 0, y, LEAKY_SLOPE * y),
        slope=lambda h: np.where(h > 0, 1.0, LEAKY_SLOPE),
        forward=_leaky_forward,
        backward=_leaky_backward,
    ),
    Activation(
        name="identity",
        module="Identity",
        kinks=(0.0,),
        slopes=(1.0, 1.0),
        value=lambda y: y,
        slope=np.ones_like,
        forward=lambda y: y,
        backward=lambda delta, h: delta,
    ),
    Activation(
        name="tanh",
        module="Tanh",
        value=np.tanh,
        slope=lambda h: 1.0 - h * h,
        forward=lambda y: y.tanh_(),
        backward=_tanh_backward,
    ),
    Activation(
        name="abs",
        module="Abs",
        kinks=(0.0,),
        slopes=(-1.0, 1.0),
        value=np.abs,
        slope=np.sign,
        forward=lambda y: y.abs_(),
        backward=lambda delta, y: delta.mul_(y.sign()),
        from_input=True,
    ),
    Activation(
        name="hardtanh",
        module="Hardtanh",
        kinks=(-1.0, 1.0),
        slopes=(0.0, 1.0, 0.0),
        start=-1.0,
        value=lambda y: np.clip(y, -1.0, 1.0),
        slope=lambda h: np.where(np.abs(h) < 1.0, 1.0, 0.0),
        forward=lambda y: y.clamp_(-1.0, 1.0),
        backward=lambda delta, h: _hard_backward(delta, h, -1.0, 1.0),
    ),
    Activation(
        name="relu6",
        module="ReLU6",
        kinks=(0.0, 6.0),
        slopes=(0.0, 1.0, 0.0),
        value=lambda y: np.clip(y, 0.0, 6.0),
        slope=lambda h: np.where((h > 0.0) & (h < 6.0), 1.0, 0.0),
        forward=lambda y: y.clamp_(0.0, 6.0),
        backward=lambda delta, h: _hard_backward(delta, h, 0.0, 6.0),
    ),
    Activation(
        name="sigmoid",
        module="Sigmoid",
        value=_sigmoid,
        slope=lambda h: h * (1.0 - h),
        forward=lambda y: y.sigmoid_(),
        backward=lambda delta, h: _kernel("sigmoid")(delta, h, grad_input=delta),
        by_lanes=True,
    ),
    Activation(
        name="gelu",
        module="GELU",
        value=lambda y: y * _normal_share(y),
        slope=_gelu_slope,
        forward=_in_place("gelu"),
        backward=lambda delta, y: _kernel("gelu")(delta, y, grad_input=delta),
        from_input=True,
        by_lanes=True,
    ),
    Activation(
        name="silu",
        module="SiLU",
        value=lambda y: y * _sigmoid(y),
        slope=_silu_slope,
        forward=_in_place("silu"),
        backward=lambda delta, y: _kernel("silu")(delta, y, grad_input=delta),
        from_input=True,
        by_lanes=True,
    ),
)
ACTIVATIONS: dict[str, Activation] = {row.name: row for row in _ROWS}
