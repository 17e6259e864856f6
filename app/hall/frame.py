"""A room's frames: an 8-bit PNG of palette indices, the same for every language and theme.

A phone paints the indices in its own colours, and finds the boundaries between them itself: lines
would weigh more than the picture. No filter and zlib's level 6 give the least (301 × 301, 16 × 4:
4 to 12 kB in 2 ms; with PNG's filters a quarter more).
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from cellscope.app.stream.frames import count_of, message, status_text
from cellscope.app.text.network_names import shown_text
from cellscope.app.text.texts import LANGUAGES
from cellscope.model.cells.picture.render import draw
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

LEVEL = 6
Pixels = NDArray[np.uint8]


def hall_frame(snapshot: Snapshot, view: View) -> bytes:
    """One state, for all who look at it so."""
    picture = draw(snapshot, view)
    height, width = picture.indices.shape
    header = {
        "kind": "hall-frame",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "status": snapshot.status,
        "width": width,
        "height": height,
        "window": view.window,
        "mode": picture.mode,
        "layer": picture.layer,
        "layers": snapshot.spec.layers,
        "count": picture.count,
        "exact": picture.exact,
        "texts": {
            language: {
                "count": count_of(snapshot, picture, language),
                "status": status_text(snapshot, language),
                "named": shown_text(snapshot, language),
            }
            for language in LANGUAGES
        },
    }
    return message(header, np.frombuffer(png(picture.indices), np.uint8))


def png(indices: Pixels) -> bytes:
    """A greyscale PNG whose grey values are the indices."""
    height, width = indices.shape
    rows = np.zeros((height, width + 1), np.uint8)  # the first byte of each: no filter
    rows[:, 1:] = indices
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
