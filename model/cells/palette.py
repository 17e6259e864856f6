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

_LIGHT_HEX = """
    #A5F1D1 #7FB2D8 #CEA982 #8E7873 #D4B575 #5C83A9 #B7D1D5 #65ACAE
    #BD7E68 #88DCE9 #758BAD #EBDF9B #809BC2 #DCC886 #9E6445 #82CCDA
    #E0AC96 #BC8E6F #9F7348 #F0B9A3 #5D9EB3 #E0DDBF #617693 #A0CCED
    #B4C3FD #96A6C5 #C0AF6D #8D6A75 #AD9A58 #A96862 #D1E8B0 #A39894
    #DB9A98 #D9D1A7 #756BA4 #90C1E3 #7D8EC7 #A3BAF6 #A47B6C #94F0E9
    #96AFEA #976184 #C6C7B9 #CC8985 #F2D094 #9790A8 #9496D3 #7D7556
    #8DA4DD #7F7FBB #B0D5FD #BEA269 #CFDAD6 #C9987F #B4B4B7 #957F8C
    #7E7A94 #B08C53 #B07E50 #A5E3EC #76BECF #BCE4FF #6B78B1 #E0BA8D
"""
_DARK_HEX = """
    #66B092 #407094 #8B6944 #4C3935 #927535 #1C4265 #789194 #1E6B6C
    #773E2A #459AA7 #374B69 #AA9F5D #425B7E #9B8747 #582401 #408B98
    #9C6C58 #784E31 #5B3301 #AD7965 #165C70 #A09E81 #233750 #618BAA
    #7582B9 #576682 #7F6E2C #4A2C36 #6C5911 #622824 #92A772 #625954
    #955A59 #989169 #372C5F #5180A0 #404D81 #6579B1 #603B2E #51AFA8
    #576EA4 #522243 #86877A #854946 #B09056 #575066 #55568D #3D3518
    #4F6397 #403F75 #7195BA #7B6229 #8F9A97 #855841 #747477 #54404B
    #3F3B52 #6C4C0C #6B3E0A #65A2AB #327C8C #7EA4BD #2E376A #9D7A4F
"""
LIGHT = list(map(str, _LIGHT_HEX.split()))
DARK = list(map(str, _DARK_HEX.split()))

LIGHT_LIGHTNESS = (0.56, 0.90)  # OKLab L of LIGHT
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
