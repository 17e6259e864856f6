"""A pattern picture that a student hands in: .npy, square, any whole numbers as labels.

The bytes come from a browser, so they are read as bytes: no pickle, and no size that a header
claims is believed before it has been compared with the bytes that are there.
"""

import math

import numpy as np
from numpy.typing import NDArray

from cellscope.model.files.reading import read_npy_header
from cellscope.model.spec import SpecError, shorten
from cellscope.model.view import PIXELS

FIELD = "pattern"


def read_pattern(data: bytes, name: str) -> NDArray[np.int64]:
    """Labels 0 … k − 1 in the order of those in the file. (n, n)

    Parameters
    ----------
    data : bytes
        A .npy file: integers or truth values of any size and byte order, or whole numbers as
        floats; square, 11 to 1001 pixels a side.
    name : str
        What an error calls the file.

    Raises
    ------
    SpecError
        Field ``pattern``: no such file, cut short or with something behind it; Python objects,
        texts, complex numbers; another shape; a number that is not finite or not whole.
    """
    shape, fortran, dtype, start = read_npy_header(FIELD, name, data)
    if dtype.kind not in "biuf":
        raise SpecError(FIELD, "pattern_numbers", f"{name}: {dtype}")
    _check_shape(shape, name)
    if math.prod(shape) * dtype.itemsize != len(data) - start:
        raise SpecError(FIELD, "array_broken", name)
    values = np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
    if dtype.kind == "f":
        _check_whole(values, name)
    return np.unique(values, return_inverse=True)[1].reshape(shape).astype(np.int64)


def _check_shape(shape: tuple[int, ...], name: str) -> None:
    low, high = PIXELS
    square = len(shape) == 2 and shape[0] == shape[1]
    if not square or not low <= shape[0] <= high:
        raise SpecError(FIELD, "pattern_shape", f"{name}: {shorten(shape)}", low=low, high=high)


def _check_whole(values: NDArray[np.floating], name: str) -> None:
    with np.errstate(invalid="ignore"):  # inf % 1
        wrong = (~np.isfinite(values), "pattern_finite"), (values % 1 != 0, "pattern_whole")
    for bad, rule in wrong:
        if bad.any():
            row, column = (int(k) for k in np.argwhere(bad)[0])
            value = f"{name}: {values[row, column]:g}"
            raise SpecError(FIELD, rule, value, row=row, column=column)
