"""Anneal the 64 colours of `model/cells/palette.py` and print its constants (some minutes).

Two wishes are met at once. Colours: 64 pairs (light, dark) of moderate chroma that stay apart
for normal, protan, deutan and tritan vision. Places: colour c and colour c ^ s are clearly
different for every step s in STEPS. A pattern's colour is the XOR of its active units' steps,
so crossing a unit's line changes the colour by one step, always to a clearly different one.

    python tools/make_palette.py
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model.cells.palette import (
    STEPS,
    oklab_to_linear,
    to_hex,
    visions,
)

Array = NDArray[Any]

LIGHT, DARK = (0.56, 0.90), (0.33, 0.70)  # OKLab L of the two themes
CHROMA = 0.09
CLEAR, AIM, WORST = 0.10, 0.106, 0.075  # OKLab distances: wanted, aimed at, hardly bearable
APART = 0.024  # of any two of the 64
CANDIDATES, MOVES, SEED = 30_000, 12_000_000, 1
DISTINCT = 0.04  # of any two for normal vision: without it red and green are hardly used
CORNERS, ANY = 0.015, 0.01  # weights of cells that meet at a corner, and of any two


def candidates(rng: np.random.Generator) -> tuple[list[str], list[str], Array]:
    """Random colour pairs of one hue and chroma, inside sRGB in both themes.

    Returns their hex strings, light and dark, and (n, 8 · 3) OKLab coordinates: four visions
    of the light and of the dark one.
    """
    chroma = np.sqrt(rng.uniform(0, 1, CANDIDATES)) * CHROMA
    hue = rng.uniform(0, 2 * np.pi, CANDIDATES)
    height = rng.uniform(0, 1, CANDIDATES)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    themes = [
        oklab_to_linear(np.stack([low + height * (high - low), a, b], axis=1))
        for low, high in (LIGHT, DARK)
    ]
    inside = np.all([(rgb >= 0) & (rgb <= 1) for rgb in themes], axis=(0, 2))
    light, dark = (to_hex(rgb[inside]) for rgb in themes)
    seen = np.concatenate([visions(light), visions(dark)])  # (8, n, 3)
    return light, dark, np.ascontiguousarray(seen.transpose(1, 0, 2).reshape(len(light), -1))


def difference_weights() -> Array:
    """How much c and c ^ d being alike costs, for every difference d. (64,)"""
    weights = np.full(64, ANY)
    for a in STEPS:
        for b in STEPS:
            weights[a ^ b] += CORNERS * 64 / len(STEPS) ** 2
    weights[list(STEPS)] = 1.0
    return weights


@njit(fastmath=True)
def distances(seen: Array, i: int, j: int) -> tuple[float, float]:
    """Least squared distance over themes and visions, and over themes for normal vision."""
    least, normal = 1e9, 1e9
    for v in range(0, 24, 3):
        d = 0.0
        for k in range(v, v + 3):
            d += (seen[i, k] - seen[j, k]) ** 2
        least = min(least, d)
        if v % 12 == 0:
            normal = min(normal, d)
    return least, normal


@njit(fastmath=True)
def pair_cost(seen: Array, i: int, j: int, weight: float) -> float:
    """What it costs that candidates i and j sit at places of this weight."""
    least, normal = distances(seen, i, j)
    total = 0.0
    if least < AIM**2:
        d = least**0.5
        total += weight * ((AIM - d) / AIM) ** 2
        total += weight * (0.1 if d < CLEAR else 0.0)
        total += weight * 2.0 * max(0.0, WORST - d) / WORST
        total += 4.0 * (max(0.0, APART - d) / APART) ** 2
    if normal < DISTINCT**2:
        total += 2.0 * ((DISTINCT - normal**0.5) / DISTINCT) ** 2
    return total


@njit(fastmath=True)
def anneal(seen: Array, chosen: Array, weights: Array, moves: int, seed: int) -> None:
    """Swap two places, or put a candidate in one, ever more reluctantly."""
    np.random.seed(seed)  # noqa: NPY002 - numba has its own generator
    for move in range(moves):
        heat = 0.5 * (0.001 / 0.5) ** (move / moves)
        c, e = np.random.randint(64), np.random.randint(64)  # noqa: NPY002
        swap = np.random.random() < 0.4  # noqa: NPY002
        if swap and c == e:
            continue
        old = chosen[c]
        new = chosen[e] if swap else np.random.randint(len(seen))  # noqa: NPY002
        change = 0.0
        for o in range(64):
            if o == c or (swap and o == e):
                continue
            here, other = weights[c ^ o], chosen[o]
            change += pair_cost(seen, new, other, here) - pair_cost(seen, old, other, here)
            if swap:
                there = weights[e ^ o]
                change += pair_cost(seen, old, other, there) - pair_cost(seen, new, other, there)
        if change <= 0 or np.random.random() < np.exp(-change / heat):  # noqa: NPY002
            chosen[c] = new
            if swap:
                chosen[e] = old


def main() -> None:
    """Print _LIGHT_HEX and _DARK_HEX as Python."""
    rng = np.random.default_rng(SEED)
    light, dark, seen = candidates(rng)
    chosen = rng.choice(len(seen), 64, replace=False)
    anneal(seen, chosen, difference_weights(), MOVES, SEED)
    for name, colours in (("LIGHT", light), ("DARK", dark)):
        words = [colours[i] for i in chosen]
        lines = ["    " + " ".join(words[i : i + 8]) for i in range(0, 64, 8)]
        sys.stdout.write("\n".join([f'_{name}_HEX = """', *lines, '"""', ""]))


if __name__ == "__main__":
    main()
