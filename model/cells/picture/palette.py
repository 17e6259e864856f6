"""64 cell colours and 8 class colours, chosen so that neighbours differ for every eye.

An index stands for a pair of sRGB colours, one per theme. The constants come from
`tools/make_palette.py`. The order matters: for every step s in STEPS, the colours c and c ^ s
are at least 0.10 apart in OKLab, whatever c, in both themes and for normal, protan, deutan and
tritan vision. `colours.py` says what that is for. Warm colours are light in the light theme, so
that none is brown, olive or maroon. The dark theme has the same colours, their lightness brought
from .61-.97 to .51-.89: clear on a dark page, none a dark purple.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLOURS = 64
STEPS = (1, 2, 4, 8, 16, 32, 7, 56, 27, 45, 54, 62)

_LIGHT_HEX = """
    #ED9090 #C9EFED #D8FDC0 #8697E4 #79C6EB #A57D98 #D7BE95 #F4FCAC
    #9A81B5 #DDBB67 #82E7E6 #BA929C #ECFBD4 #72A7E6 #90A1D8 #CBC5B4
    #6E8DD6 #80B8EC #B6CFFF #EEA385 #DAFCFA #F2B282 #689370 #B2C5DB
    #C59DAB #B8D1C9 #FADC83 #737DC8 #D2D5B6 #959289 #E0AC6A #F4EDD5
    #CEE4D5 #F9CD7A #B974A8 #8EDAE8 #74A565 #ADB1CE #ADB1FD #F4C077
    #A1BFFD #BA84A3 #B3A597 #D6F0C1 #9973B2 #A0EDF6 #E6E79B #93A95F
    #9ACAF8 #7E8785 #C6B69E #FFEB96 #CD88B8 #94FBFE #E2DBA3 #A79CC7
    #C0FBE6 #8BACF0 #8683C6 #BFACAC #639E66 #E4CB98 #ADDDF9 #A1729D
"""
_DARK_HEX = """
    #CE7474 #AFD4D2 #BEE2A6 #6A7AC4 #5CA9CD #87607A #BAA27A #DAE192
    #7D6496 #C09F4A #65CBCA #9C767F #D2E0BA #568AC7 #7484B9 #AFA999
    #526FB6 #649BCE #9BB3E2 #D0876A #C0E1DF #D49667 #4B7554 #96A9BE
    #A7818E #9DB5AD #DEC168 #575FA8 #B7B99B #78756C #C2904E #D9D2BB
    #B3C9BA #DCB15E #9A578A #72BECC #588749 #9195B1 #9195DF #D7A45B
    #86A3DF #9B6886 #96897B #BBD5A7 #7B5693 #85D1DA #CBCC81 #778C42
    #7FAEDB #616A68 #A99A82 #E4D07C #AE6C9A #78DFE3 #C7C089 #8A7FA9
    #A6E0CB #708FD1 #6A66A6 #A29090 #46804A #C8AF7D #92C1DD #82557F
"""
LIGHT = list(map(str, _LIGHT_HEX.split()))
DARK = list(map(str, _DARK_HEX.split()))

CALM = 32  # a light grey green: for a single large area

LIGHT_LIGHTNESS = (0.61, 0.97)  # OKLab L of LIGHT
LECTURE_LIGHTNESS, LECTURE_CHROMA = (0.51, 0.97), 1.25  # of the lecture's: L, and times chroma

CLASSES = (  # name, hex; Okabe & Ito, "Color Universal Design", 2008, without black
    ("orange", "#E69F00"),
    ("sky blue", "#56B4E9"),
    ("bluish green", "#009E73"),
    ("vermilion", "#D55E00"),
    ("blue", "#0072B2"),
    ("reddish purple", "#CC79A7"),
    ("yellow", "#F0E442"),
    ("grey", "#666666"),
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


def lecture_palette(colours: list[str]) -> list[str]:
    """The same colours further apart, for a hall whose daylight lies over the screen like a veil.

    OKLab's lightness is stretched from the light theme's range to one that keeps black lines 3:1
    above the darkest colour, hue stays, chroma grows by a quarter and is taken back in small steps
    where sRGB has no such colour.
    """
    lab = linear_to_oklab(hex_to_linear(colours))
    (low, high), (from_low, from_high) = LECTURE_LIGHTNESS, LIGHT_LIGHTNESS
    lab[:, 0] = low + (lab[:, 0] - from_low) * (high - low) / (from_high - from_low)
    lab[:, 1:] *= LECTURE_CHROMA
    while (outside := _outside_srgb(oklab_to_linear(lab))).any():
        lab[outside, 1:] *= 0.97
    return to_hex(oklab_to_linear(lab))


def _outside_srgb(linear: Array) -> NDArray[np.bool_]:
    """Which of n colours have a channel that sRGB cannot show. (n,)"""
    return np.any((linear < -1e-6) | (linear > 1 + 1e-6), axis=-1)


@lru_cache(maxsize=1)
def lecture_colours() -> tuple[str, ...]:
    """The lecture's 64 cell colours; an index means the same as in LIGHT."""
    return tuple(lecture_palette(LIGHT))


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
