"""What is refused, by name; what is read in unusual forms; and that the module stays as it was."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cellscope.model.own.cells import show
from cellscope.model.own.errors import BudgetExceeded, UnsupportedLayer
from cellscope.model.own.moments import layer_moments

# pyright: reportUnknownLambdaType=false


class Between(nn.Module):
    """A function between two Linear."""

    def __init__(self, inner: Callable[..., Tensor], *parts: nn.Module) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 4), nn.Linear(4, 2)
        self.parts = nn.ModuleList(parts)
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.inner(self.first(x), *self.parts))


def chain(*parts: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), *parts, nn.Linear(4, 2))


def branching(x: Tensor) -> Tensor:
    return x if bool(x.amin() > 0) else -x


ELSEWHERE = nn.Linear(4, 4)
REFUSED: dict[str, tuple[nn.Module, str]] = {
    "a branch on a value": (Between(branching), "Between"),
    "a number taken out": (Between(lambda x: x * x[:, 0].tolist()[0]), "Between"),
    "a branch on the batch": (
        Between(lambda x: x.relu() if len(x) > 1 else x.abs()), "network (Between)",
    ),
    "numpy": (Between(lambda x: torch.from_numpy(np.abs(x.numpy()))), "Between"),
    "a product of two": (Between(lambda x: x * x), "Between"),
    "where": (Between(lambda x: torch.where(x > 0, x, 2 * x)), "Between"),
    "softmax in the middle": (chain(nn.Softmax(1)), "1 (Softmax)"),
    "no running statistics": (chain(nn.BatchNorm1d(4, track_running_stats=False)), "BatchNorm1d"),
    "an LSTM": (Between(lambda x, g: g(x)[0], nn.LSTM(4, 4)), "parts.0 (LSTM)"),
    "hardswish": (chain(nn.Sequential(nn.Hardswish())), "1.0 (Hardswish)"),
    "a mean over samples": (Between(lambda x: x - x.mean(0)), "Between"),
    "samples mixed": (Between(lambda x: x.reshape(-1, 2, 2).transpose(0, 1).flatten(1)), "Between"),
    "random numbers": (Between(lambda x: x + torch.rand(4)), "Between"),
    "dropout at all times": (Between(lambda x: F.dropout(x)), "Between"),
    "indices of max-pooling": (
        Between(lambda x: F.max_pool1d(x, 2, return_indices=True)[0].repeat(1, 2)), "Between",
    ),
    "a maximum over an axis": (Between(lambda x: x.view(-1, 4, 1).max(dim=-1).values), "max over"),
    "a module of nobody": (Between(lambda x: ELSEWHERE(x)), "no attributes of it"),
    "a stack bent": (Between(lambda x: torch.stack([x, -x]).relu().sum(0)), "mixes the samples"),
    "a stack over its samples": (Between(lambda x: torch.stack([x, x]).mean(1)), "mixes"),
    "a stack joined": (Between(lambda x: x + torch.stack([x, x])), "mixes the samples"),
    "a sample assigned": (Between(lambda x: [x.__setitem__(0, 0.0), x][1]), "some of the samples"),
    "a mask assigned": (Between(lambda x: [x.__setitem__(x < 0, 0.0), x][1]), "lt has no exact"),
    "group norm": (chain(nn.GroupNorm(2, 4)), "1 (GroupNorm)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_cells_is_refused_by_path_and_class(name: str) -> None:
    module, named = REFUSED[name]
    with pytest.raises(UnsupportedLayer) as caught:
        show(module)
    assert named in str(caught.value)


def numpys_words(x: Any) -> Tensor:
    return torch.concat([x, x - x.sum(axis=1, keepdims=True)], axis=1)[:, :4].relu()  # pyright: ignore[reportCallIssue]


def assigned(x: Tensor) -> Tensor:
    kept, view = x.clone(), x[:, 1:3]
    x[:, 1:] = 7.0
    x[:, 1:] += kept[:, 1:]
    x[:, 1:] -= torch.tensor([7.0, 7.0, 7.0])
    return torch.cat([x[:, :1], view, x[:, 3:]], 1).relu()


def placed(x: Tensor) -> Tensor:
    out = torch.zeros(len(x), 4)
    out[:, :3] = x[:, :3]
    out[:, 3] = x[:, 3]
    whole = torch.empty_like(out)
    whole[:] = out
    return whole.relu()


SAME: dict[str, Callable[[Tensor], Tensor]] = {
    "function": lambda x: F.relu(x),
    "method": lambda x: x.relu(),
    "in place": lambda x: F.relu(x, inplace=True),
    "method in place": lambda x: x.relu_(),
    "clamp": lambda x: x.clamp(min=0),
    "bounds of each unit": lambda x: x.clamp(torch.zeros(4)),
    "bounds of each unit, above": lambda x: -(-x).clamp_max_(torch.zeros(4)),
    "maximum": lambda x: torch.maximum(x, torch.zeros(4)),
    "parts in place": lambda x: [x[:, :2].relu_(), x[:, 2:].relu_(), x][2],
    "cast": lambda x: x.float().relu().double(),
    "padded and sliced": lambda x: F.pad(x, (1, 1), value=3.0)[:, 1:-1].relu(),
    "turned": lambda x: x.unsqueeze(-1).permute(0, 2, 1).relu().squeeze(1),
    "chunks": lambda x: torch.cat(x.chunk(2, 1)[::-1], 1).relu()[:, [2, 3, 0, 1]],
    "NumPy's words": numpys_words,
    "by name": lambda x: torch.flatten(input=torch.clone(input=x), start_dim=1).relu(),
    "sums of a precision": lambda x: (x + 0 * x.sum(1, keepdim=True, dtype=torch.float32)).relu(),
    "one upon another": lambda x: torch.stack([x, 2 * x, -x]).mean(dim=0).relu(),
    "one upon another, summed": lambda x: torch.sum(torch.stack((x, -x, x), dim=0), dim=0).relu(),
    "one of a stack": lambda x: torch.stack([-x, x])[-1].relu(),
    "a stack apart": lambda x: sum(torch.stack([x, x]).unbind(0), start=-x).relu(),
    "columns assigned": assigned,
    "columns of zeros": placed,
    "a view of one unit in place": lambda x: [x[:, 0].add_(1).sub_(1), x.relu()][1],
    "by a constant": lambda x: (2 * x - x).div(1).add(0.0).relu(),
}


@pytest.mark.parametrize("name", SAME)
def test_one_network_in_other_words_has_the_same_cells(name: str) -> None:
    torch.manual_seed(0)
    module = Between(SAME["function"])
    expected = [show(module, layer=layer).result.counts.linear_regions for layer in (1, 2)]
    module.inner = SAME[name]
    steps = show(module).graph.layers - 1
    found = [show(module, layer=layer).result.counts.linear_regions for layer in (steps, steps + 1)]
    assert found == expected


LOW, HIGH = torch.linspace(-1, 0, 4), torch.linspace(0.1, 1, 4)
BOUNDS: dict[str, Callable[[Tensor], Tensor]] = {
    "both": lambda x: x.clamp(LOW, HIGH),
    "in place": lambda x: x.clamp_(min=LOW, max=HIGH),
    "unit by unit": lambda x: torch.stack(
        [x[:, i].clamp(LOW[i].item(), HIGH[i].item()) for i in range(4)], 1
    ),
}


def test_bounds_of_each_unit_bend_it_where_they_are() -> None:
    torch.manual_seed(0)
    module = Between(lambda x: (x - LOW).relu() - (x - HIGH).relu() + LOW)  # the same map
    both = show(module, layer=2).result.counts.linear_regions
    for inner in BOUNDS.values():
        module.inner = inner
        steps = show(module).graph.layers - 1
        assert show(module, layer=steps).result.counts.linear_regions == both


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        (lambda x: x.clamp(max=x.flip(1)), "its bounds must be constants"),
        (lambda x: x.clamp(HIGH, LOW), "its lower bound must be below its upper bound"),
        (lambda x: x[:, :1].clamp(max=HIGH), "its bounds must fit its input"),
        (lambda x: x.clamp_min(-torch.inf), "it needs a bound"),
    ],
)
def test_bounds_that_are_none_are_refused(inner: Callable[[Tensor], Tensor], why: str) -> None:
    with pytest.raises(UnsupportedLayer, match=why):
        show(Between(inner))


@pytest.mark.parametrize("behind", [nn.Dropout(), nn.AlphaDropout(), nn.Identity(), nn.Flatten()])
def test_what_does_nothing_in_evaluation_may_stand_behind_a_softmax(behind: nn.Module) -> None:
    bare = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3))
    whole = nn.Sequential(*bare, nn.Softmax(1), behind)
    assert show(whole, layer=2).result.counts == show(bare, layer=2).result.counts


@pytest.mark.parametrize("soft", [F.softmax, F.log_softmax])
def test_a_softmax_in_a_precision_of_its_own_is_ignored_like_any(soft: Any) -> None:
    class Probabilities(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))

        def forward(self, x: Tensor) -> Tensor:
            return soft(self.net(x), dim=-1, dtype=torch.float32)

    torch.manual_seed(0)
    module = Probabilities()
    assert show(module, layer=2).result.counts == show(module.net, layer=2).result.counts


class Unregistered(nn.Module):
    """Its modules and tensors lie where PyTorch does not look for them, one beside its owner."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)]
        self.named: dict[str, Any] = {"act": nn.ReLU(), "slope": (torch.tensor(2.0),)}
        self.owner = [self]

    def forward(self, x: Tensor) -> Tensor:
        first, norm, last = self.layers
        return last(self.named["act"](norm(first(x)) * self.named["slope"][0]))


def test_what_a_single_sample_is_told_apart_by_is_found_whatever_the_weights() -> None:
    for seed in range(40):
        torch.manual_seed(seed)
        module = Between(lambda x: x.relu() if len(x) > 1 else x.abs())
        with pytest.raises(UnsupportedLayer, match="read wrongly"):
            show(module)


def test_modules_in_plain_lists_are_read_and_left_as_they_were() -> None:
    torch.manual_seed(0)
    module = Unregistered()
    first, norm, last = module.layers
    plain = nn.Sequential(first, norm, nn.ReLU(), last).eval()
    expected = show(plain).result.counts
    module.train()
    norm.train()
    assert show(module).result.counts == expected
    assert norm.training
    assert next(first.parameters()).dtype == torch.float32


def test_a_lazy_module_is_named_by_the_path_of_what_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"^1\.weight: .*lazy"):
        show(nn.Sequential(nn.Linear(2, 4), nn.LazyLinear(2)))


class MadeOnTheWay(nn.Module):
    """Whose last layer `forward` makes, of random numbers, when it is first run."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 4)
        self.last: nn.Linear | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.last is None:
            self.last = nn.Linear(4, 2)
        return self.last(self.first(x).relu())


def test_weights_that_forward_makes_are_not_made_up() -> None:
    module = MadeOnTheWay()
    with pytest.raises(ValueError, match=r"^last\.weight: .*before the module was run once"):
        show(module)
    assert module.last is None
    module(torch.zeros(1, 2))
    assert show(module).graph.layers == 2


def test_the_module_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2)).half()
    module.train()
    first: Any = module[0]
    calls: list[int] = []
    first.register_forward_hook(lambda *_: calls.append(1) and None)
    first.weight.grad = torch.ones_like(first.weight)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    random = torch.random.get_rng_state()
    show(module)
    assert module.training
    assert first.weight.dtype == torch.float16
    assert len(first._forward_hooks) == 1
    assert first.weight.grad is not None
    assert torch.equal(random, torch.random.get_rng_state())
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key])


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"layer": 0}, "layer"), ({"layer": 3}, "layer"), ({"layer": 1.0}, "layer"),
        ({"window": (1, 0, 0, 1)}, "window"), ({"window": (0, np.inf, 0, 1)}, "window"),
        ({"window": (-1e308, 1e308, 0, 1)}, "window: is wider"),
        ({"plane": (np.zeros(2), np.ones(2), -np.ones(2))}, "plane"),
        ({"plane": (np.zeros(3), np.eye(3)[0], np.eye(3)[1])}, "plane"),
        ({"points": np.zeros((2, 3))}, "points"), ({"data": np.zeros((2, 3))}, "data"),
        ({"budget": 0}, "budget"), ({"budget": 10**30}, "budget"),
        ({"points": np.ma.masked_greater([[1.0, 9.0]], 5)}, "points: has numbers that are masked"),
        ({"data": torch.empty((3, 2), device="meta")}, "data: must be an array of real numbers"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}"):
        show(chain(nn.ReLU()), **wrong)


def test_data_of_no_points_are_drawn_nowhere() -> None:
    shown = show(chain(nn.ReLU()), data=np.zeros((0, 2)))
    assert shown.distances is not None
    assert shown.distances.shape == (0,)


def test_a_state_dict_is_called_so_and_a_message_has_one_line() -> None:
    with pytest.raises(ValueError, match="network: is a state dict"):
        show(chain(nn.ReLU()).state_dict())
    with pytest.raises(ValueError, match="network: must be") as caught:
        show(torch.ones(3, 3))
    assert "\n" not in str(caught.value)


def test_a_number_that_is_not_finite_is_named_by_its_path() -> None:
    module = chain(nn.ReLU())
    with torch.no_grad():
        module.get_parameter("2.bias")[1] = torch.nan
    with pytest.raises(ValueError, match=r"^2\.bias"):
        show(module)


def test_numbers_of_any_precision_are_read_and_complex_ones_named() -> None:
    module = chain(nn.ReLU())
    bounds = show(module.to(torch.float8_e4m3fn)).result.counts
    assert bounds == show(copy.deepcopy(module).double()).result.counts
    with pytest.raises(ValueError, match=r"^0\.weight: has complex numbers$"):
        show(nn.Sequential(nn.Linear(2, 3, dtype=torch.complex64), nn.ReLU()))


def test_points_in_a_sparse_tensor_are_those_of_a_dense_one() -> None:
    points = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    dense = show(chain(nn.ReLU()), points=points, data=points)
    sparse = show(chain(nn.ReLU()), points=points.to_sparse(), data=points.to_sparse())
    assert dense.data is not None
    assert sparse.data is not None
    assert np.array_equal(dense.data, sparse.data)


def test_there_is_no_map_where_numbers_overflow() -> None:
    steep = show([([[2.0, 0.0], [0.0, 1.0]], [0.0, 0.0]), (np.eye(2), np.zeros(2))])
    assert steep.affine(1e307, 1.0)[0].tolist() == [[2.0, 0.0], [0.0, 1.0]]
    with pytest.raises(ValueError, match="affine: numbers are too large"):
        steep.affine(1.7e308, 1.0)


def test_an_output_that_is_no_number_is_called_so() -> None:
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    with torch.no_grad():
        layer.get_parameter("parametrizations.weight.original1").zero_()
    with pytest.raises(UnsupportedLayer, match="its output is not finite"):
        show(nn.Sequential(layer, nn.ReLU(), nn.Linear(3, 2)))


def test_too_many_faces_name_the_step() -> None:
    with pytest.raises(BudgetExceeded, match=r"1 \(ReLU6\)"):
        show(chain(nn.ReLU6()), budget=5)


def test_a_curve_is_counted_on_a_grid_and_says_so() -> None:
    module = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    assert show(module, layer=1).result.exact
    curved = show(module)
    assert not curved.result.exact
    assert curved.result.counts.linear_regions > 1
    with pytest.raises(ValueError, match="smooth"):
        curved.affine(0.0, 0.0)


def test_moments_of_a_plain_network_are_those_of_autograd() -> None:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4)).double()
    X, y = torch.randn(6, 3).double(), torch.tensor([0, 1, 2, 3, 0, 1])
    rows = layer_moments(module, X, y)
    loss = F.cross_entropy(module(X), y)
    [gradient] = torch.autograd.grad(loss, [module.get_parameter("0.weight")])
    assert [row["fan_in"] for row in rows] == [3, 5]
    batch = rows[0]["weight_gradient_mean_square"]["batch"]
    assert batch == pytest.approx(float((gradient**2).mean()), rel=1e-10)
    pre = (X @ module.get_parameter("0.weight").T + module.get_parameter("0.bias")).detach()
    assert rows[0]["pre"]["variance"] == pytest.approx(float(pre.var(correction=0)), rel=1e-10)
    assert rows[0]["post"]["mean"] == pytest.approx(float(pre.relu().mean()), rel=1e-10)


def test_one_output_is_the_logit_of_class_1() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1), nn.Flatten(0)).double()
    X, y = torch.randn(6, 3).double(), torch.tensor([0, 1, 1, 0, 0, 1])
    loss = F.binary_cross_entropy_with_logits(module(X), y.double())
    [gradient] = torch.autograd.grad(loss, [module.get_parameter("0.weight")])
    batch = layer_moments(module, X, y)[0]["weight_gradient_mean_square"]["batch"]
    assert batch == pytest.approx(float((gradient**2).mean()), rel=1e-10)
    with pytest.raises(ValueError, match="y: classes must be 0 to 1"):
        layer_moments(module, X, y + 1)


def test_inference_mode_changes_nothing() -> None:
    torch.manual_seed(0)
    module, X, y = chain(nn.ReLU()), np.random.default_rng(0).normal(size=(9, 2)), [0, 1, 1] * 3
    expected = layer_moments(module, X, y)
    with torch.inference_mode():
        assert layer_moments(module, X, y) == expected
        assert show(module).result.counts.patterns > 1


def test_an_attribute_that_can_not_be_copied_is_named() -> None:
    module = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    vars(module[1])["counter"] = (n for n in range(3))
    with pytest.raises(UnsupportedLayer, match=r"^1 \(ReLU\): its attribute 'counter' can't be"):
        show(module)
