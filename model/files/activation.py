"""The activation that a file says, or that is asked for: one that exact cells can obey."""

from io import BytesIO

import numpy as np

from cellscope.model.activations import ACTIVATIONS, exact_names
from cellscope.model.spec import SpecError

MOST_TEXT = 1000  # characters of a list
_NAMES = {
    said.replace("_", "").lower(): row.name
    for row in ACTIVATIONS.values()
    if row.exact
    for said in (row.name, row.module)
} | {"linear": "identity"}


def read_activation(data: bytes) -> str:
    """The one in an array of text, by its name here or by its class in `torch.nn`.

    Raises
    ------
    SpecError
        Field ``network``: no text, or an activation that exact cells cannot obey.
    """
    try:
        array = np.load(BytesIO(data), allow_pickle=False)
        said = array.item() if array.size == 1 else array.tolist()
        if isinstance(said, bytes):
            said = said.decode("utf-8", "replace")
        if isinstance(said, list) and all(isinstance(one, str) for one in said):
            said = ",".join(said)  # one for each hidden layer
        if isinstance(said, str):
            said.encode().decode()  # NumPy takes any number for a letter
    except Exception:  # whatever bytes there are
        raise SpecError("network", "array_broken", "activation") from None
    if not isinstance(said, str):
        raise _refused("network", said)
    return named("network", said)


def named(field: str, said: str) -> str:
    """The activation of this name; of a comma list, one for each hidden layer."""
    if "," in said and len(said) < MOST_TEXT:
        return ",".join(named(field, one) for one in said.split(","))
    plain = said.strip().lower().removeprefix("torch.nn.").removeprefix("nn.").removesuffix("()")
    known = _NAMES.get(plain.replace("_", ""))
    if known is None:
        raise _refused(field, said)
    return known


def agreed(said: str | None, asked: str | None) -> str:
    """The file's, or the one asked for, which must not be another; ReLU where neither says."""
    if said is not None and asked is not None and said != asked:
        raise SpecError("activation", "network_says", asked, activation=said)
    return said or asked or "relu"


def _refused(field: str, said: object) -> SpecError:
    rule = "network_activation" if field == "network" else "choice"
    return SpecError(field, rule, said, choices=", ".join(exact_names()))
