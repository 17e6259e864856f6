"""Palettes as the page's script looks them up."""

import re

from cellscope.app.figures.colours import CLASS_COLOURS, MARKERS, palettes
from cellscope.model.cells.picture.picture import CONFIDENCE_LEVELS
from cellscope.model.spec import DATASETS

CLASSES = max(most for _, most in DATASETS.values())


def test_every_index_that_a_picture_may_hold_has_a_colour_in_every_palette():
    found = palettes()
    assert set(found) == {"light", "dark", "lecture"}
    for theme in found.values():
        assert {mode: len(colours) for mode, colours in theme.items()} == {
            "cells": 64,
            "classes": CLASSES,
            "confidence": CLASSES * CONFIDENCE_LEVELS,
            "unit": 255,  # 127 below and above 0, and 0
            "value": 64,
        }
        for colours in theme.values():
            assert all(re.fullmatch(r"#[0-9A-Fa-f]{6}", colour) for colour in colours)


def test_colours_of_patterns_and_of_classes_are_different():
    for theme in palettes().values():
        assert len(set(theme["cells"])) == 64
        assert len(set(theme["classes"])) == CLASSES
    assert len(set(MARKERS)) == len(MARKERS) == CLASSES


def test_confidence_ends_near_the_colour_of_its_class():
    def rgb(colour: str) -> list[int]:
        return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]

    for theme in palettes().values():
        for k, colour in enumerate(CLASS_COLOURS):
            surest = rgb(theme["confidence"][(k + 1) * CONFIDENCE_LEVELS - 1])
            differences = [abs(a - b) for a, b in zip(surest, rgb(colour), strict=True)]
            assert max(differences) <= 255 / CONFIDENCE_LEVELS
