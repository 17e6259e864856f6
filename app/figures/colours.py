"""Palette index -> CSS colour, in both themes; which index a pattern has is `model.cells`'s."""

from functools import cache

from cellscope.model.cells.grid.values import LEVELS
from cellscope.model.cells.picture.palette import CLASSES, DARK, LIGHT, lecture_colours
from cellscope.model.cells.picture.picture import CONFIDENCE_LEVELS
from cellscope.model.units import ZERO

CLASS_COLOURS = tuple(colour for _, colour in CLASSES)
THEME_COLOURS = {
    "light": {
        "ink": "#14171D",
        "ink2": "#454D5A",
        "line": "#DADEE5",
        "bar": "#4338CA",
        "second": "#7B8595",  # of two networks
        "pale": "#B9B4EE",
        "theory": "#14171D",
        "surface": "#FFFFFF",
        "danger": "#A8200F",
        "edge": "#14171D",  # of cells
        "band": "rgba(20,23,29,0.12)",
    },
    "dark": {
        "ink": "#EEF0F4",
        "ink2": "#B9C0CB",
        "line": "#2A313C",
        "bar": "#AEB1FF",
        "second": "#8590A0",
        "pale": "#565B94",
        "theory": "#EEF0F4",
        "surface": "#151920",
        "danger": "#FF9C8F",
        "edge": "#07090C",
        "band": "rgba(238,240,244,0.14)",
    },
}
MARKERS = ("circle", "square", "triangle-up", "diamond", "cross", "x", "star", "pentagon")


def class_colour(k: int) -> str:
    """Of a class, from 0: of more classes than colours they come again."""
    return CLASS_COLOURS[k % len(CLASS_COLOURS)]


@cache
def palettes() -> dict[str, dict[str, list[str]]]:
    """theme -> mode -> CSS colours by index, as the page's script looks them up.

    "lecture" is the light theme in a hall that is not dark. Made once: a film asks for each point.
    """
    return {
        name: {
            "cells": list(cells),
            "classes": list(CLASS_COLOURS),
            "confidence": _confidence(THEME_COLOURS[theme]["surface"]),
            "unit": _values(THEME_COLOURS[theme]["surface"]),
            "value": [value_colour((k + 0.5) / LEVELS, theme) for k in range(LEVELS)],
        }
        for name, theme, cells in (
            ("light", "light", LIGHT),
            ("dark", "dark", DARK),
            ("lecture", "light", lecture_colours()),
        )
    }


def value_colour(share: float, theme: str) -> str:
    """Of an output or target: from the first class's colour through the surface to the second's."""
    low, high, surface = *CLASS_COLOURS[:2], THEME_COLOURS[theme]["surface"]
    return mix(surface, low if share < 0.5 else high, abs(2.0 * share - 1.0))


def _confidence(surface: str) -> list[str]:
    """A class's colour, fading into the surface where the network is undecided."""
    colours: list[str] = []
    for colour in CLASS_COLOURS:
        for level in range(CONFIDENCE_LEVELS):
            share = (level + 0.5) / CONFIDENCE_LEVELS
            colours.append(mix(surface, colour, share))
    return colours


def _values(surface: str) -> list[str]:
    """A unit's output: the surface at 0, blue below, orange above; a step away from 0 is seen."""
    ends = ("#0072B2", "#D55E00")
    shares = [(k - ZERO) / ZERO for k in range(2 * ZERO + 1)]
    return [
        mix(surface, ends[share > 0], 0.0 if not share else 0.12 + 0.88 * abs(share))
        for share in shares
    ]


def mix(a: str, b: str, share: float) -> str:
    """The colour that has so much of b, the rest of a, channel by channel."""
    pairs = zip(_rgb(a), _rgb(b), strict=True)
    return "#" + "".join(f"{round(u + (v - u) * share):02X}" for u, v in pairs)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
