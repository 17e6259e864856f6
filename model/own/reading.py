"""A module read into a graph by running it once and noting every operation on its input.

Nothing is assumed of how `forward` is written: nested, in a loop, in place. An operation that is
not known to be exact is an error there and then, and so is anything that looks at the numbers
(a branch, `.item()`, NumPy). The result is checked against the module (`model.own.checking`).
"""

import copy
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.graph import Graph, Map, Node, Shape, Step, Weight, by_units
from cellscope.model.own.numbers import REGISTERED

BATCH = 7  # samples of the run: no operation may mix them
CASTS = {"float", "double", "half", "bfloat16", "to", "type", "type_as", "cpu", "cuda"}
QUERIES = {
    "size", "dim", "numel", "nelement", "stride", "storage_offset", "is_contiguous", "__len__",
    "is_floating_point", "is_complex", "get_device", "element_size", "ndimension", "__hash__",
    "data_ptr", "untyped_storage", "is_cuda", "is_sparse", "is_quantized", "is_meta",
    "is_mkldnn", "layout", "requires_grad", "requires_grad_", "shape", "ndim", "dtype", "device",
    "grad", "grad_fn", "is_leaf", "names", "itemsize", "nbytes", "is_nested", "_is_view",
    "new_zeros", "new_ones", "new_full", "new_tensor", "new_empty", "zeros_like", "ones_like",
    "full_like", "empty_like", "is_inference", "is_tensor", "is_same_size",
    "__repr__", "__format__", "__dir__", "retains_grad", "register_hook",
}  # fmt: skip
TAKES = ("input", "tensor", "tensors")  # what torch calls an operation's first argument
WORDS = {"axis": "dim", "keepdims": "keepdim"}  # NumPy's, which torch takes as well
IN_ANY_PRECISION = {"softmax", "log_softmax", "sum", "mean"}  # what takes a `dtype` to compute in
Handler = Callable[..., Any]
Ending = tuple[int, Callable[[Tensor], Tensor]]  # a node, and what is made of it


class Reader(TorchFunctionMode):
    """Notes what happens to the input; `handlers` say what each operation is."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        super().__init__()
        self.handlers = handlers
        self.nodes: list[Node] = []
        self.names: list[str] = []
        self.where: list[tuple[str, str]] = []
        self._known: dict[int, tuple[Tensor, int]] = {}
        self._ended: dict[int, tuple[str, str]] = {}
        self.ending: Ending | None = None
        self._stacks: dict[int, tuple[Tensor, tuple[Tensor, ...]]] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = name_of(func)
        leaves = tree_leaves((args, kwargs))
        tracked = [t for t in leaves if self.is_known(t)]
        stacks = [self._stacks[id(t)][1] for t in leaves if id(t) in self._stacks]
        if not (tracked or stacks) or name in QUERIES:
            return in_float64(func(*args, **kwargs))
        if stacks:
            return self._of_stack(func, name, stacks[0], *in_torch_words(args, kwargs))
        if name in CASTS:
            return self._cast(name, args, kwargs)
        base = name.rstrip("_") if not name.startswith("__") else name
        if base.startswith("__i") and base.endswith("__") and base != "__invert__":
            base = f"__{base[3:]}"
        handler = self.handlers.get(base)
        if handler is None:
            raise self.refusal(f"{name.strip('_')} has no exact cells")
        args, kwargs = in_torch_words(args, kwargs)
        for tensor in tracked:
            if id(tensor) in self._ended and not _keeps(base):
                path, kind = self._ended[id(tensor)]
                raise UnsupportedLayer(path, kind, "only at the end of a network")
        try:
            return handler(self, func, base, *args, **kwargs)
        except TypeError as error:
            if "argument" in str(error):  # one that the handler does not know
                named = re.search(r"keyword argument '(\w+)'", str(error))
                which = f"its argument {named[1]} is" if named else "these arguments are"
                self.refuse(f"{name}: {which} not known")
            raise

    def _cast(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Precision is no operation: numbers are exact and computed in float64."""
        for value in (*args[1:], *kwargs.values()):
            whole = isinstance(value, torch.dtype) and not value.is_floating_point
            if whole or (isinstance(value, str) and not _floating(value)):
                self.refuse(f"{name} to whole numbers has no exact cells")
        if not self.is_known(args[0]):  # a constant, as that of the input's type
            return args[0].double() if args[0].is_floating_point() else args[0].to(torch.float64)
        return args[0]

    def stacked(self, out: Tensor, parts: Sequence[Tensor]) -> Tensor:
        """Note results that lie one upon another, before the axis of the samples: an ensemble."""
        self._stacks[id(out)] = out, tuple(parts)
        return out

    def _of_stack(
        self, func: Any, name: str, parts: tuple[Tensor, ...], args: Sequence[Any],
        kwargs: dict[str, Any],
    ) -> Any:  # fmt: skip
        """What takes a stack apart again, or sums it up; no more is known of one."""
        handler = self.handlers.get(f"stack.{name}")
        if handler is None or id(args[0]) not in self._stacks:
            raise self.refusal("it mixes the samples of a batch")
        return handler(self, func, name, parts, *args, **kwargs)

    def refuse(self, why: str) -> Any:
        """Raise for the innermost module."""
        raise self.refusal(why)

    def refusal(self, why: str) -> UnsupportedLayer:
        """What is raised for the innermost module."""
        path, kind = self.where[-1] if self.where else ("", "function")
        return UnsupportedLayer(path, kind, why)

    def is_known(self, value: object) -> bool:
        """Whether it depends on the network's input."""
        return isinstance(value, Tensor) and id(value) in self._known

    def node(self, tensor: Tensor) -> int:
        """The node of a tensor that depends on the input."""
        return self._known[id(tensor)][1]

    def start(self, tensor: Tensor) -> None:
        """Take a tensor as the network's input."""
        self.nodes.append(Node(tuple(tensor.shape[1:])))
        self._known[id(tensor)] = tensor, 0

    def same(self, out: Tensor, node: int) -> Tensor:
        """Note that a tensor is that of a node."""
        self._known[id(out)] = out, node
        return out

    def ends(self, tensor: Tensor, out: Tensor, curve: Callable[[Tensor], Tensor]) -> Tensor:
        """Note a softmax: only the network's output may be made of it, and it is ignored."""
        self.ending = self.node(tensor), curve
        return self.still_ends(tensor, self.same(out, self.node(tensor)))

    def still_ends(self, tensor: Tensor, out: Tensor) -> Tensor:
        """What stands behind a softmax stays so."""
        self._ended[id(out)] = self._ended.get(id(tensor)) or self.where[-1]
        return out

    def has_ended(self, tensor: Tensor) -> bool:
        """Whether it stands behind a softmax."""
        return id(tensor) in self._ended

    def affine(
        self, out: Tensor, inputs: Sequence[Tensor], map: Map, weight: Weight | None = None
    ) -> Tensor:
        """Note an affine map."""
        nodes = tuple(self.node(t) for t in inputs)
        return self._note(out, Node(self._shape(out), nodes, map=map, weight=weight))

    def step(self, out: Tensor, tensor: Tensor, step: Step) -> Tensor:
        """Note a nonlinear step, a layer."""
        path, kind = self.where[-1] if self.where else ("", "function")
        self.names.append(f"{path or 'network'} ({kind})")
        return self._note(out, Node(self._shape(out), (self.node(tensor),), step=step))

    def _shape(self, out: Tensor) -> Shape:
        if out.ndim < 1 or len(out) != BATCH:
            self.refuse("it mixes the samples of a batch")
        return tuple(out.shape[1:])

    def _note(self, out: Tensor, node: Node) -> Tensor:
        in_place = id(out) in self._known
        self.nodes.append(node)
        self.same(out, len(self.nodes) - 1)
        if in_place:
            self._change_views(out)
        return out

    def _change_views(self, out: Tensor) -> None:
        """Other views of memory that was changed in place now have the new numbers, too."""
        pointer, place = out.untyped_storage().data_ptr(), _places(out)
        new = {at: index for index, at in enumerate(place.tolist())}
        for key, (tensor, old) in list(self._known.items()):
            shares = tensor.untyped_storage().data_ptr() == pointer
            if tensor is out or not shares or tensor.stride(0) != out.stride(0):
                continue
            size = tensor[0].numel()
            index = [new.get(at, -1) for at in _places(tensor).tolist()]
            if max(index, default=-1) < 0:
                continue
            chosen = torch.tensor([i if at < 0 else size + at for i, at in enumerate(index)])
            node = self.node(out)
            map = picking(chosen, tuple(tensor.shape[1:]))
            self.nodes.append(Node(tuple(tensor.shape[1:]), (old, node), map=map))
            self._known[key] = tensor, len(self.nodes) - 1


def _places(tensor: Tensor) -> Tensor:
    """Where the numbers of the first sample lie in memory."""
    place = torch.tensor(tensor.storage_offset())
    for size, stride in zip(tensor.shape[1:], tensor.stride()[1:], strict=True):
        place = place[..., None] + stride * torch.arange(size)
    return place.flatten()


def picking(index: Tensor, shape: Shape) -> Map:
    """The map that picks numbers of its inputs, flattened and side by side; −1 picks 0."""
    first, count = int(index[0]) if len(index) else 0, len(index)
    straight = first >= 0 and bool((index == first + torch.arange(count)).all())

    def pick(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        del absolute, constants
        flat = by_units(xs[0]) if len(xs) == 1 else torch.cat([by_units(x) for x in xs], 1)
        if straight:
            return flat[:, first : first + count].reshape(-1, *shape)
        out = flat.index_select(1, index.clamp(min=0))
        if (index < 0).any():
            out[:, index < 0] = 0.0
        return out.reshape(-1, *shape)

    return pick


DROPOUT = re.compile(r"(feature_)?(alpha_)?dropout([123]d)?")  # nothing in evaluation
FLAT = ("view", "flatten", "squeeze", "unsqueeze", "contiguous", "clone", "detach", "data")


def _keeps(name: str) -> bool:
    """Whether an operation leaves all numbers as they are: it may stand behind a softmax."""
    return name == "reshape" or name in FLAT or DROPOUT.fullmatch(name) is not None


class Exact(TorchFunctionMode):
    """Casts between floating types leave numbers as they are; for the module's own output."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if name_of(func) in IN_ANY_PRECISION:
            args, kwargs = in_float64_throughout(args, kwargs)
        if name_of(func) in CASTS and args and isinstance(args[0], Tensor):
            values = (*args[1:], *kwargs.values())
            whole = any(isinstance(v, torch.dtype) and not v.is_floating_point for v in values)
            if args[0].dtype == torch.float64 and not whole:
                return args[0]
        return in_float64(func(*args, **kwargs))


def in_torch_words(
    args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Arguments as the handlers know them: the first by its place, the others by torch's names."""
    named = {WORDS.get(key, key): value for key, value in kwargs.items()}
    first = next((key for key in TAKES if not args and key in named), None)
    return (args, named) if first is None else ((named.pop(first),), named)


def in_float64_throughout(
    args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Arguments in which any type that an operation is to compute in is float64."""

    def exact(value: Any) -> Any:
        floating = isinstance(value, torch.dtype) and value.is_floating_point
        return torch.float64 if floating else value

    return tuple(map(exact, args)), {key: exact(value) for key, value in kwargs.items()}


def in_float64(value: Any) -> Any:
    """What `forward` makes anew, such as torch.ones(3), in the precision of the rest."""
    if isinstance(value, Tensor) and value.is_floating_point() and value.dtype != torch.float64:
        return value.double()
    return value


def name_of(func: Any) -> str:
    """The name of an operation: relu_ of Tensor.relu_, T of the property, conv2d of aten's."""
    name = getattr(func, "__name__", "")
    if name in ("__get__", "__set__"):
        inner = getattr(getattr(func, "__self__", None), "__name__", "")
        return inner if name == "__get__" else f"{inner} ="
    schema = getattr(func, "_schema", None)
    if schema is not None:
        return str(schema.name).split("::")[-1]
    return str(name) or repr(func)


def _floating(text: str) -> bool:
    return any(word in text for word in ("Float", "Double", "Half", "BFloat", "float", "cpu"))


def exact_copy(module: nn.Module) -> nn.Module:
    """The module in evaluation mode and float64, on the CPU; the user's is left alone."""
    memo: dict[int, Any] = {}
    for part in module.modules():
        for value in vars(part).values():  # weights that a hook has computed can't be copied
            if isinstance(value, Tensor) and not value.is_leaf:
                memo[id(value)] = value.detach().clone()
    return _exact(copy.deepcopy(module, memo), set())


def _exact(module: nn.Module, seen: set[int]) -> nn.Module:
    for part in module.modules():
        if id(part) in seen:
            continue
        seen.add(id(part))
        for key, value in vars(part).items():
            if key not in REGISTERED:
                part.__dict__[key] = _exact_value(value, seen)
    return module.cpu().double().eval()


def _exact_value(value: Any, seen: set[int]) -> Any:
    """An attribute: tensors, and modules in plain lists, of which PyTorch knows nothing."""
    if isinstance(value, Tensor):
        exact = value.is_floating_point() and not value.is_meta
        return value.detach().to("cpu", torch.float64, copy=True) if exact else value
    if isinstance(value, nn.Module):
        return value if id(value) in seen else _exact(value, seen)
    if type(value) in (list, tuple):
        return type(value)(_exact_value(one, seen) for one in value)
    if type(value) is dict:
        return {key: _exact_value(one, seen) for key, one in value.items()}
    return value


def run(module: nn.Module, x: Tensor) -> Any:
    """The module's own output in float64."""
    with torch.no_grad(), warnings.catch_warnings(), Exact():
        warnings.simplefilter("ignore")
        return module(x.clone())


def read(
    module: nn.Module, shape: Shape, handlers: dict[str, Handler], *, quiet: bool = True
) -> tuple[Graph, Ending | None]:
    """The graph of an `exact_copy`, and the softmax that was ignored at its end.

    `quiet` holds back warnings, which is the whole process's affair: not beside others' threads.
    """
    reader = Reader(handlers)
    hooks = _follow(module, reader)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((BATCH, *shape), generator=generator, dtype=torch.float64)
    try:
        with torch.no_grad(), warnings.catch_warnings() if quiet else nullcontext():
            if quiet:
                warnings.simplefilter("ignore")
            reader.start(x)
            with reader:
                out = module(x)
    finally:
        for hook in hooks:
            hook.remove()
    kind = type(module).__name__
    if not isinstance(out, Tensor):
        raise UnsupportedLayer("", kind, f"its output is a {type(out).__name__}, not one tensor")
    if not reader.is_known(out):
        raise UnsupportedLayer("", kind, "what it does to its input can't be followed")
    graph = Graph(tuple(reader.nodes), reader.node(out), tuple(reader.names))
    return graph, reader.ending if reader.has_ended(out) else None


def _follow(module: nn.Module, reader: Reader) -> list[Any]:
    """Hooks that tell the reader which module is running."""
    hooks: list[Any] = []
    for path, part in module.named_modules():
        where = path, type(part).__name__

        def enter(*_: Any, where: tuple[str, str] = where) -> None:
            reader.where.append(where)

        def leave(*_: Any) -> None:
            reader.where.pop()

        if isinstance(part, torch.jit.ScriptModule):
            raise UnsupportedLayer(path, type(part).__name__, "a compiled script can't be read")
        hooks.append(part.register_forward_pre_hook(enter, prepend=True))
        hooks.append(part.register_forward_hook(leave))
    return hooks
