"""What can be said of a command's file before all is imported, which takes 2 s and 300 MB."""

from collections.abc import Sequence
from pathlib import PurePath

from cellscope.model.files.networks import FIELD, TORCH, kind_of, network_in
from cellscope.model.files.onnx_file import read_onnx
from cellscope.model.files.reading import read_any, read_file, shown
from cellscope.model.files.torch_files import wrong_at_sight
from cellscope.model.spec import SpecError

OF_FILES = ("cells", "count")  # whose first word may be a network's file


def look_at(arguments: Sequence[str]) -> None:
    """Raise what is wrong with the network's file, as far as that shows at once.

    Raises
    ------
    SpecError
        Field ``network``, as the command itself would have said.
    """
    if len(arguments) < 2 or arguments[0] not in OF_FILES:
        return
    path = arguments[1]  # behind an option it could as well be that option's value
    if path.startswith("-") or "=" in path:
        return
    suffix = PurePath(path).suffix.lower()
    if suffix == ".onnx":
        _look_at_graph(read_file(FIELD, path, (suffix,))[1], path)
        return
    data = read_any(FIELD, path)[1]
    if kind_of(data, suffix, path) not in TORCH:
        network_in(data, suffix, path, any_inputs=True)
    elif rule := wrong_at_sight(data):
        raise SpecError(FIELD, rule, shown(path))


def _look_at_graph(data: bytes, path: str) -> None:
    """Without torch as far as that goes, then with nothing but torch."""
    read_onnx(data, path)
    from cellscope.model.own.onnx.module import onnx_in, tried

    try:
        tried(onnx_in(data, path))
    except SpecError:
        raise
    except ValueError as error:
        raise SpecError(
            FIELD, "own", shown(path), reason=str(error).removeprefix("network: ")
        ) from None
