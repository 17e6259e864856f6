"""TABS of the right column: each shows some of its sections, and only what is seen is made."""

from typing import Literal, get_args

Tab = Literal[
    "overview",
    "signal",
    "cells",
    "training",
    "network",
    "collapse",
    "voronoi",
    "sweep",
    "line",
    "surface",
]
TABS: tuple[Tab, ...] = get_args(Tab)
