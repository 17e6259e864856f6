"""A graph held to the module it was read from: a wrong reading is an error, never a picture."""

import copy
import re
from typing import Any

import torch
from torch import Tensor, nn

from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.evaluation import forward
from cellscope.model.own.graph import Shape
from cellscope.model.own.numbers import REGISTERED
from cellscope.model.own.operations.known import HANDLERS
from cellscope.model.own.reading import exact_copy, read, run

SCALES = (1.0, 30.0)  # of the random inputs
NEAR = 1e-9  # relative to the outputs


def not_copied(module: nn.Module, error: Exception) -> UnsupportedLayer:
    """For an attribute such as a file, a lock or a generator: which one it is."""
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if name in REGISTERED or isinstance(value, Tensor):
                continue
            try:
                copy.deepcopy(value)
            except Exception as own:
                why = f"its attribute {name!r} can't be copied: {own}"
                return UnsupportedLayer(path, type(part).__name__, why)
    return UnsupportedLayer("", type(module).__name__, f"can't be copied: {error}")


class ReadNetwork:
    """A graph with the module that it was read from, both in float64."""

    def __init__(self, module: nn.Module, shape: Shape, argument: str = "plane") -> None:
        """Copy, run and read it.

        Raises
        ------
        ValueError
            Naming the `argument` whose shape it is: the module takes no inputs of this shape.
        UnsupportedLayer
            An operation without exact cells.
        """
        try:
            self.module = exact_copy(module)
        except Exception as error:
            raise not_copied(module, error) from None
        self.kind = type(module).__name__
        before = {path for path, _ in self.module.named_parameters()}
        try:
            run(self.module, torch.zeros((3, *shape), dtype=torch.float64))
        except UnsupportedLayer:
            raise
        except Exception as error:
            failure = f"{type(error).__name__}: {error}".splitlines()[0]
            self._explain(shape, failure, argument)
        for path, _ in self.module.named_parameters():
            if path not in before:
                raise ValueError(f"{path}: has no numbers before the module was run once")
        self.graph, self.ending = read(self.module, shape, HANDLERS)

    def _explain(self, shape: Shape, failure: str, argument: str) -> None:
        """The network did not run: by the plane, or by what can't be read anyway."""
        try:
            read(self.module, shape, HANDLERS)
        except UnsupportedLayer:
            raise
        except Exception:
            pass
        if re.search("double", failure, re.I) and re.search("(?<!b)float|half", failure, re.I):
            own = "it uses modules or tensors that are no attributes of it"
            raise UnsupportedLayer("", self.kind, f"{own} ({failure})")
        raise ValueError(f"{argument}: the network takes no inputs of shape {shape}: {failure}")

    def check(self, *inputs: Tensor) -> None:
        """Compare the outputs at random inputs and at these.

        Raises
        ------
        UnsupportedLayer
            They differ: something in the module can't be read.
        """
        generator = torch.Generator().manual_seed(1)
        shape = self.graph.shape
        noise = torch.randn((len(SCALES), 5, *shape), generator=generator, dtype=torch.float64)
        batches = [scale * batch for scale, batch in zip(SCALES, noise, strict=True)]
        for x in (*batches, *(part for part in inputs if len(part))):
            self._compare(x)
        for x in torch.cat(batches):
            self._compare_alone(x[None])

    def _compare_alone(self, x: Tensor) -> None:
        """One sample: what `forward` does must not depend on how many there are.

        A module that takes no single one, such as one that squeezes all axes, may be read.
        """
        try:
            own: Any = run(self.module, x)
        except Exception:
            return
        if own.shape == forward(self.graph, x, self.ending).shape:
            self._compare(x)

    def _compare(self, x: Tensor) -> None:
        try:
            own: Any = run(self.module, x)
        except Exception as error:
            raise self._differs(f"{type(error).__name__}: {error}".splitlines()[0]) from None
        got = forward(self.graph, x, self.ending)
        if own.shape != got.shape:
            raise self._differs(f"outputs of shape {tuple(own.shape)}, not {tuple(got.shape)}")
        if not bool(own.isfinite().all()):
            why = f"its output is not finite at inputs of size {float(x.abs().max()):.3g}"
            raise UnsupportedLayer("", self.kind, why)
        scale = got.abs().nan_to_num(posinf=0.0).amax().clamp(min=1.0)
        if not bool(((own - got).abs() <= NEAR * scale).all()):
            raise self._differs("its output is not what the operations seen in it give")

    def _differs(self, why: str) -> UnsupportedLayer:
        return UnsupportedLayer("", self.kind, f"read wrongly: {why}")
