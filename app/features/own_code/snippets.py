"""The code that the page shows beside its file; `{file}` is the file's name.

Code in no language but Python: what there is to say about it stands around it, in the reader's.
"""

LOADER = """\
import numpy as np, torch, torch.nn as nn
f, nn.Abs = np.load("{file}"), lambda: nn.LeakyReLU(-1)  # |y|
acts = [getattr(nn, a)() for a in str(f["activation"]).split(",")] * len(f["shapes"])
net = nn.Sequential(*sum(zip(map(nn.Linear, *f["shapes"].T), acts), ())[:-1])
nn.utils.vector_to_parameters(torch.tensor(f["theta"]), net.parameters())
"""
CHECK = """\
y, rows = torch.tensor(f["x_train"]), []
with torch.no_grad():
    for module in net:
        y = module(y)
        if isinstance(module, nn.Linear):
            rows.append([len(rows) + 1, float(y.mean()), float(y.var(correction=0))])
    x1, x2 = np.meshgrid(f["x1"], f["x2"])
    points = torch.tensor(np.stack([x1, x2], axis=-1))
    y = net[: 2 * int(f["layer"]) - 1](points)
signs = np.packbits(y.numpy() > 0, axis=-1).reshape(x1.size, -1)
picture = np.unique(signs, axis=0, return_inverse=True)[1].reshape(x1.shape)
print(np.allclose(np.array(rows)[:, 1:].T, [f["mean"], f["variance"]], rtol=1e-6))
print(np.array_equal(picture, f["picture"]))
np.savetxt("moments.csv", rows, delimiter=",", header="layer,mean,variance")
np.save("pattern.npy", picture)
"""
EXAMPLE_FILE = "cellscope-step-0.npz"


def file_name(step: int, *, network: str = "") -> str:
    """What the file of a step is called; of two networks side by side with which it is."""
    return f"cellscope-{network}-step-{step}.npz" if network else f"cellscope-step-{step}.npz"
