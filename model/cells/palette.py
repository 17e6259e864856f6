"""64 cell colours and 8 class colours, chosen so that neighbours differ for every eye.

An index stands for a pair of sRGB colours, one per theme. The constants come from
`tools/make_palette.py`. The order matters: for every step s in STEPS, the colours c and c ^ s
are at least 0.10 apart in OKLab, whatever c, in both themes and for normal, protan, deutan and
tritan vision. `colours.py` says what that is for.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLOURS = 64
STEPS = (1, 2, 4, 8, 16, 32, 7, 56, 27, 45, 54, 62)

LIGHT = (
    "#8C9CCC #91DEFB #BFE8E1 #757AAB #D39F65 #8C6976 #B0734A #E3B174 "
    "#9A7E7F #C1B2A5 #CC975D #9B665B #BCD4CF #9A92A0 #75719B #83B3EE "
    "#C28656 #A6604A #806D8C #8EBBF0 #927177 #C8C0AE #D8A96A #6471A9 "
    "#D9B78E #867B93 #758ECC #EAE09E #A4A3B4 #91CAF8 #95E7FF #9F705F "
    "#AE684C #87A8E7 #ECCC83 #B7886B #BFDFCF #B2A39D #9189A1 #B6CAD4 "
    "#6C85C3 #D4E3C5 #A7D7E8 #7797D5 #EAB87A #BC7C4F #9BAED3 #C9A787 "
    "#DCDFB0 #7883B4 #ACACB7 #E7C28D #7DA1DE #89F1F9 #99D3FD #C78E59 "
    "#9AC0FF #B7957F #A58781 #ACB7C6 #6977B6 #EFD68B #CEC9AD #9094B2"
).split()
DARK = (
    "#4D5B88 #509DB8 #80A8A1 #383A66 #8F5E23 #492B37 #693202 #9F7133 "
    "#583F40 #807266 #875618 #56271E #7D948F #5A525F #363157 #4472A8 "
    "#7C4610 #5E1F08 #3F2E4A #4F7AAB #4F3238 #87806F #946828 #283062 "
    "#967750 #463C51 #384D85 #AAA060 #646372 #5289B4 #54A6BD #5A3121 "
    "#66270A #4967A1 #AA8C44 #72482D #809F90 #71635E #51495F #778A93 "
    "#2F437C #95A386 #6897A6 #39558E #A6783A #753C07 #5C6D8F #866749 "
    "#9D9F72 #3A436F #6C6C76 #A4824F #3F5F98 #43B0B8 #5A92B9 #824D14 "
    "#5C7FB9 #745541 #634842 #6C7784 #2D366F #AE964C #8E886F #51546F"
).split()

CLASSES = (  # name, hex; Okabe & Ito, "Color Universal Design", 2008, without black
    ("orange", "#E69F00"),
    ("sky blue", "#56B4E9"),
    ("bluish green", "#009E73"),
    ("vermilion", "#D55E00"),
    ("blue", "#0072B2"),
    ("reddish purple", "#CC79A7"),
    ("yellow", "#F0E442"),
    ("grey", "#999999"),
)

# Rows: OKLab's l, m, s from linear sRGB, and L, a, b from their cube roots.
# Ottosson, "A perceptual color space for image processing", 2020.
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# Linear sRGB as seen with severity 1. Machado, Oliveira, Fernandes, "A physiologically-based
# model for simulation of color vision deficiency", 2009, doi:10.1109/TVCG.2009.113.
VISIONS = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def hex_to_linear(colours: list[str]) -> Array:
    """Linear sRGB in [0, 1] of "#RRGGBB" strings. (n, 3)"""
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def to_hex(linear: Array) -> list[str]:
    """The "#RRGGBB" nearest to linear sRGB colours (n, 3)."""
    rgb = np.clip(linear, 0, 1)
    rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return ["#{:02X}{:02X}{:02X}".format(*row) for row in np.rint(rgb * 255).astype(int)]


def linear_to_oklab(linear: Array) -> Array:
    """OKLab of linear sRGB, both (…, 3)."""
    return np.cbrt(linear @ _LMS.T) @ _LAB.T


def oklab_to_linear(lab: Array) -> Array:
    """The inverse of `linear_to_oklab`; outside [0, 1] where sRGB has no such colour."""
    return (lab @ np.linalg.inv(_LAB).T) ** 3 @ np.linalg.inv(_LMS).T


def visions(colours: list[str]) -> Array:
    """OKLab of n colours as the four visions see them, in the order of VISIONS. (4, n, 3)"""
    linear = hex_to_linear(colours)
    seen = [linear_to_oklab(np.clip(linear @ matrix.T, 0, 1)) for matrix in VISIONS.values()]
    return np.stack(seen)


@lru_cache(maxsize=1)
def distances() -> NDArray[np.float64]:
    """OKLab distance of every two colours, the least over themes and visions; read-only.

    Returns
    -------
    (64, 64) float64
        Symmetric, 0 on the diagonal.
    """
    seen = np.concatenate([visions(LIGHT), visions(DARK)])  # (8, 64, 3)
    difference: Any = seen[:, :, None, :] - seen[:, None, :, :]
    result = np.sqrt((difference**2).sum(axis=-1)).min(axis=0)
    result.flags.writeable = False
    return result
