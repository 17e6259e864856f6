"""Frames: a picture and what it shows, as one binary message.

Layout: 4 bytes, little endian: length of the header; the header, UTF-8 JSON; the picture's
palette indices, one byte each, row by row from the top left.
"""

import json
import struct

from app.texts import text
from model.cells.picture import Picture
from model.training.snapshot import Snapshot
from model.view import View


def encode(snapshot: Snapshot, view: View, picture: Picture, language: str) -> bytes:
    """The message for one (snapshot, view)."""
    height, width = picture.indices.shape
    header = {
        "version": snapshot.version,
        "run": snapshot.run,
        "step": snapshot.step,
        "status": snapshot.status,
        "statusText": status_text(snapshot, language),
        "rate": round(snapshot.steps_per_second),
        "published": snapshot.published * 1000.0,
        "width": width,
        "height": height,
        "window": view.window,
        "mode": picture.mode,
        "layer": picture.layer,
        "layers": snapshot.spec.layers,
        "classes": snapshot.spec.classes,
        "count": picture.count,
        "countText": count_text(picture, language),
        "note": note_text(snapshot, picture, language),
        "exact": picture.exact,
    }
    head = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<I", len(head)) + head + picture.indices.tobytes()


def status_text(snapshot: Snapshot, language: str) -> str:
    """The state of the run in words."""
    if snapshot.status == "diverged":
        return text("status.diverged", language, step=snapshot.step, layer=snapshot.nonfinite_layer)
    if snapshot.status == "failed":
        return text("status.failed", language, error=snapshot.error)
    return text(f"status.{snapshot.status}", language)


def count_text(picture: Picture, language: str) -> str:
    """How many patterns or classes there are, and how that is known."""
    return text(f"count.{picture.mode}", language, count=picture.count, layer=picture.layer)


def note_text(snapshot: Snapshot, picture: Picture, language: str) -> str:
    """What one must know to read the picture right; often nothing."""
    notes: list[str] = []
    if snapshot.shown_step != snapshot.step:
        notes.append(text("note.shown_step", language, step=snapshot.shown_step))
    if picture.mode in ("cells", "regions"):
        if picture.colours < picture.count:
            notes.append(
                text("note.colours", language, count=picture.count, colours=picture.colours)
            )
        if snapshot.spec.activation == "identity":
            notes.append(text("note.identity", language))
    return " · ".join(notes)
