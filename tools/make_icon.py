"""Draw the page's icon, `assets/icon.ico`: the seven cells that three folds cut a plane into.

python tools/make_icon.py
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cellscope.model.cells.picture.palette import lecture_colours

ICON = Path(__file__).resolve().parent.parent / "assets" / "icon.ico"
SIZES = 16, 24, 32, 48, 64  # pixels a side
FINE = 1024  # pixels a side of what is made smaller
CORNER, LINE = 0.2, 0.05  # of a side
INK = 0x14, 0x17, 0x1D
DIRECTIONS = np.deg2rad([102.0, 218.0, 333.0])  # of the folds' normals, that no two are parallel
OUT = 0.27  # of the folds from the middle; a side is 2
COLOURS = (0, 51, 21, 4, 2, 33, 57, 27)  # of the lecture's palette, by pattern; 0 is nowhere


def icon() -> Image.Image:
    """The cells with their boundaries, in a square with round corners."""
    y, x = np.mgrid[1 : -1 : FINE * 1j, -1 : 1 : FINE * 1j]
    a, b = (of(DIRECTIONS)[:, None, None] for of in (np.cos, np.sin))
    heights = a * x + b * y + OUT  # of three units above the plane
    pattern = np.tensordot(1 << np.arange(3), heights > 0, axes=1)
    palette = [tuple(bytes.fromhex(colour[1:])) for colour in lecture_colours()]
    pixels = np.array([palette[k] for k in COLOURS], np.uint8)[pattern]
    pixels[(np.abs(heights) < LINE).any(axis=0)] = INK
    shape = Image.new("L", (FINE, FINE))
    box = 0, 0, FINE - 1, FINE - 1
    ImageDraw.Draw(shape).rounded_rectangle(box, radius=int(CORNER * FINE), fill=255)
    made = Image.fromarray(pixels)
    made.putalpha(shape)
    return made


def small(size: int) -> Image.Image:
    return icon().resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    made = [small(size) for size in SIZES]
    sizes = [(size, size) for size in SIZES]
    made[-1].save(ICON, sizes=sizes, append_images=made[:-1])
