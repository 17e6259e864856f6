"""What the PyTorch script of an experiment is made of: its text, with places to fill in."""

DATA = "data.npz"  # beside the script
OPTIMIZERS = {
    "sgd": 'SGD(net.parameters(), lr=now["lr"])',
    "momentum": 'SGD(net.parameters(), lr=now["lr"], momentum=now["momentum"])',
    "adam": 'Adam(net.parameters(), lr=now["lr"])',
}
# Before the loss, and L2 first: autograd then adds the gradients up in the order of the run.
PENALTY = """\
    weights = [W for W in net.parameters() if W.dim() == 2]
    penalty = now["l2"] / 2 * sum(W.square().sum() for W in weights)
    penalty = penalty + now["l1"] * sum(W.abs().sum() for W in weights)
"""
OF_ABS = """

class Abs(nn.Module):
    def forward(self, y):
        return y.abs()

"""
OF_ALL = '''

def outputs(x):
    """Of points x, normalised by mean and variance of all training points."""
    h, of_all = x.double(), x_train.double()
    for layer in deepcopy(net).double():
        if isinstance(layer, nn.BatchNorm1d):
            moments = of_all.mean(0), of_all.var(0, unbiased=False)
            h, of_all = (
                nn.functional.batch_norm(v, *moments, layer.weight, layer.bias, eps=layer.eps)
                for v in (h, of_all)
            )
        else:
            h, of_all = layer(h), layer(of_all)
    return h.float()
'''
TEMPLATE = '''\
"""{named}: trained again in PyTorch.

Points and initial weights are in {data}; the batches are drawn here as they were there. With
the processor and the PyTorch that trained it the losses are the same. With others they agree to
about 1e-6 in the first hundred steps and then drift: float32 sums that are added up in another
order are rounded otherwise, and training magnifies that. Where it ends is as good.
"""

{copying}from pathlib import Path

import numpy as np
import torch
from torch import nn

now = {settings}  # of the training
CHANGES = {changes}  # step: what is otherwise from then on
STEPS = {steps}
SEED = {seed}  # of the batches

torch.set_num_threads(1)  # several add up in another order
data = np.load(Path(__file__).with_name("{data}"))


def points(since=""):
    """Points and what they are, for training and for testing."""
    x_train, x_test = (torch.tensor(data[f"{{x}}{{since}}"]).float() for x in ("x_train", "x_test"))
    y_train, y_test = (torch.tensor(data[f"{{y}}{{since}}"]{wanted}) for y in ("y_train", "y_test"))
    return x_train, y_train, x_test, y_test


x_train, y_train, x_test, y_test = points()


class Product(torch.autograd.Function):
    """y = [W | b] [h; 1] and its gradients, each added up as in the run: one product."""

    @staticmethod
    def forward(ctx, h, W, b):
        h, block = nn.functional.pad(h, (0, 1), value=1.0), torch.cat([W, b[:, None]], 1)
        ctx.save_for_backward(h, block)
        return h @ block.T

    @staticmethod
    def backward(ctx, delta):
        h, block = ctx.saved_tensors
        grad = delta.T @ h
        return delta @ block[:, :-1], grad[:, :-1], grad[:, -1]


class Linear(nn.Linear):
    """As its parent, which rounds otherwise."""

    def forward(self, h):
        b = torch.zeros(len(self.weight)) if self.bias is None else self.bias
        return Product.apply(h, self.weight, b)

{of_abs}
net = nn.Sequential(
{layers}
)
net.load_state_dict({{name: torch.tensor(data[name]) for name in net.state_dict()}})
optimizer = torch.optim.{optimizer}
loss_of = {loss}
{of_all}

def batch(step, size):
    """The points that a step sees: each epoch goes through all of them in an order of its own."""
    points = len(x_train)
    if size >= points:
        return slice(None)
    epoch, k = divmod(step, points // size)
    order = np.random.default_rng([SEED, epoch, 2]).permutation(points)
    return torch.from_numpy(order[k * size : (k + 1) * size])


def {measure}(x, y):
    """{measures}"""
{measured}


def report(step):
    """Loss on all training points, and how good it is on training and test points."""
    with torch.no_grad():
        train, test = {measure}(x_train, y_train), {measure}(x_test, y_test)
        loss = {loss_shown}
        print(f"step {{step}}: loss {{loss:.9g}}, {said} {{train:.4f}}, test {{test:.4f}}")


{hands}for step in range(STEPS):
{draw}{edit}    if step <= 100 or step % 100 == 0:
        report(step)
    if step in CHANGES:
        now |= CHANGES[step]
        for group in optimizer.param_groups:
            group |= {{name: now[name] for name in ("lr", "momentum") if name in now}}
    rows = batch(step, now["batch"])
    optimizer.zero_grad()
{penalty}    loss = loss_of(net(x_train[rows]), y_train[rows]){penalised}
    loss.backward()
    {take}
{last}report(STEPS)
'''
DRAW = """\
    if step in {steps}:  # other points were drawn then
        x_train, y_train, x_test, y_test = points(f"_{{step}}")
"""
OF_END = """\
x_train, y_train, x_test, y_test = points(f"_{STEPS}")
"""
HANDS = '''\
EDITS = {edits}  # step: what was set by hand then, as (parameter, place, value)
HELD = {held}  # step: what does not train from then on, as (parameter, place)
held = []


def edit(step):
    """What was changed by hand at a step."""
    global held
    parameters = dict(net.named_parameters())
    with torch.no_grad():
        for name, place, value in EDITS.get(step, ()):
            parameters[name][place] = value
    held = HELD.get(step, held)


def take_step():
    """The optimiser's step; what is held stays as it is."""
    parameters = dict(net.named_parameters())
    kept = [(parameters[name], place, parameters[name][place].item()) for name, place in held]
    for parameter, place, _ in kept:
        parameter.grad[place] = 0.0
    optimizer.step()
    with torch.no_grad():
        for parameter, place, value in kept:
            parameter[place] = value


'''


OF_TASK = {
    "classes": {
        "wanted": "",
        "loss": "nn.CrossEntropyLoss()",
        "measure": "accuracy",
        "measures": "The share of points whose class is right.",
        "measured": "    return ({outputs}(x).argmax(1) == y).float().mean()",
        "said": "accuracy",
        "loss_shown": "loss_of({outputs}(x_train), y_train)",
    },
    "regression": {
        "wanted": ", dtype=torch.float32).reshape(-1, 1",
        "loss": "nn.MSELoss()",
        "measure": "r_squared",
        "measures": "1 is perfect, 0 as good as the mean of the targets.",
        "measured": """\
    x, y = {outputs}(x).double(), y.double()
    return 1 - (x - y).square().mean() / y.var(correction=0)""",
        "said": "R2",
        "loss_shown": "loss_of({outputs}(x_train).double(), y_train.double())",
    },
}
