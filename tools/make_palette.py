"""Anneal the 64 colours of `model/cells/palette.py` and print its constants (a minute).

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

from model.cells.palette import (  # noqa: E402 - a script finds the package first
    STEPS,
    oklab_to_linear,
    to_hex,
    visions,
)

Array = NDArray[Any]

LIGHT, DARK = (0.56, 0.90), (0.33, 0.70)  # OKLab L of the two themes
CHROMA = 0.10
CLEAR, AIM, WORST = 0.10, 0.106, 0.075  # OKLab distances: wanted, aimed at, hardly bearable
APART = 0.024  # of any two of the 64
CANDIDATES, MOVES, SEED = 30_000, 10_000_000, 1
CORNERS, ANY = 0.03, 0.01  # weights of cells that meet at a corner, and of any two


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
def distance(seen: Array, i: int, j: int) -> float:
    least = 1e9
    for v in range(0, seen.shape[1], 3):
        x, y, z = seen[i, v : v + 3] - seen[j, v : v + 3]
        least = min(least, x * x + y * y + z * z)
    return least**0.5


@njit(fastmath=True)
def cost(d: float, weight: float) -> float:
    total = 0.0
    if d < AIM:
        total += weight * ((AIM - d) / AIM) ** 2
        total += weight * (0.1 if d < CLEAR else 0.0)
        total += weight * 2.0 * max(0.0, WORST - d) / WORST
    if d < APART:
        total += 4.0 * ((APART - d) / APART) ** 2
    return total


@njit(fastmath=True)
def anneal(seen: Array, chosen: Array, weights: Array, moves: int, seed: int) -> None:
    """Swap places or replace a colour by a candidate, ever more reluctantly."""
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator
    D = np.full((64, 64), 9.0)
    for c in range(64):
        for e in range(64):
            if c != e:
                D[c, e] = distance(seen, chosen[c], chosen[e])
    row = np.empty(64)
    for move in range(moves):
        heat = 0.5 * (0.001 / 0.5) ** (move / moves)
        c, e, change = np.random.randint(64), -1, 0.0  # noqa: NPY002
        candidate = 0
        if np.random.random() < 0.4:  # noqa: NPY002
            e = np.random.randint(64)  # noqa: NPY002
            for o in range(64):
                if o != c and o != e:
                    change += cost(D[e, o], weights[c ^ o]) + cost(D[c, o], weights[e ^ o])
                    change -= cost(D[c, o], weights[c ^ o]) + cost(D[e, o], weights[e ^ o])
        else:
            candidate = np.random.randint(len(seen))  # noqa: NPY002
            for o in range(64):
                if o != c:
                    row[o] = distance(seen, candidate, chosen[o])
                    change += cost(row[o], weights[c ^ o]) - cost(D[c, o], weights[c ^ o])
        if e == c or (change > 0 and np.random.random() >= np.exp(-change / heat)):  # noqa: NPY002
            continue
        if e >= 0:
            chosen[c], chosen[e] = chosen[e], chosen[c]
            for o in range(64):
                if o != c and o != e:
                    D[c, o], D[e, o] = D[e, o], D[c, o]
                    D[o, c], D[o, e] = D[c, o], D[e, o]
        else:
            chosen[c] = candidate
            for o in range(64):
                if o != c:
                    D[c, o] = D[o, c] = row[o]


def main() -> None:
    """Print LIGHT_HEX and DARK_HEX as Python."""
    rng = np.random.default_rng(SEED)
    light, dark, seen = candidates(rng)
    chosen = rng.choice(len(seen), 64, replace=False)
    anneal(seen, chosen, difference_weights(), MOVES, SEED)
    for name, colours in (("LIGHT", light), ("DARK", dark)):
        words = [colours[i] for i in chosen]
        lines = [" ".join(words[i : i + 8]) for i in range(0, 64, 8)]
        sys.stdout.write(f'{name} = (\n    "' + ' "\n    "'.join(lines) + '"\n).split()\n')


if __name__ == "__main__":
    main()
