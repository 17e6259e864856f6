"""Anneal the 64 colours of `model/cells/picture/palette.py` and print its constants (some minutes).

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

from cellscope.model.cells.picture.palette import STEPS, VISIONS, oklab_to_linear, to_hex, visions

Array = NDArray[Any]

LIGHT, DARK = (0.61, 0.97), (0.51, 0.89)  # OKLab L of the two themes
CHROMA = 0.115
WARM, WARM_HUE, WARM_CHROMA = 0.17, np.deg2rad(60), 0.04  # so much lighter is orange at least
CLEAR, AIM, WORST = 0.1004, 0.1045, 0.09  # OKLab distances: wanted, aimed at, hardly bearable
APART = 0.024  # of any two of the 64
DRAWN, CANDIDATES, MOVES, SEED = 60_000, 4_000, 40_000_000, 1
DISTINCT = 0.04  # of any two for normal vision: without it red and green are hardly used
CORNERS, ANY = 0.015, 0.01  # weights of cells that meet at a corner, and of any two


def candidates(rng: np.random.Generator) -> tuple[list[str], list[str], Array]:
    """Random colour pairs of one hue and chroma, inside sRGB in both themes.

    In the light theme warm ones are light: dark orange is brown, dark yellow olive. Returns their
    hex strings, light and dark, and their OKLab in four visions of each theme. (8, n, 3)
    """
    chroma = np.sqrt(rng.uniform(0, 1, DRAWN)) * CHROMA
    hue = rng.uniform(0, 2 * np.pi, DRAWN)
    height = rng.uniform(0, 1, DRAWN)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    lightness = [low + height * (high - low) for low, high in (LIGHT, DARK)]
    warm = np.clip(np.cos(hue - WARM_HUE), 0, 1) * np.clip(chroma / WARM_CHROMA, 0, 1)
    themes = [oklab_to_linear(np.stack([each, a, b], axis=1)) for each in lightness]
    fit = np.all([(rgb >= 0) & (rgb <= 1) for rgb in themes], axis=(0, 2))
    fit &= lightness[0] >= LIGHT[0] + WARM * warm
    light, dark = (to_hex(rgb[fit][:CANDIDATES]) for rgb in themes)
    return light, dark, np.concatenate([visions(light), visions(dark)])


def difference_weights() -> Array:
    """How much c and c ^ d being alike costs, for every difference d. (64,)"""
    weights = np.full(64, ANY)
    for a in STEPS:
        for b in STEPS:
            weights[a ^ b] += CORNERS * 64 / len(STEPS) ** 2
    weights[list(STEPS)] = 1.0
    return weights


def costs(seen: Array) -> tuple[Array, Array]:
    """What it costs that two candidates are neighbours, and that they are both chosen. (n, n)"""
    size = seen.shape[1]
    least = np.full((size, size), np.inf, np.float32)  # distance over themes and visions
    normal = least.copy()  # over themes, for normal vision
    for v, lab in enumerate(seen.astype(np.float32)):
        square = np.zeros((size, size), np.float32)
        for k in range(3):
            square += (lab[:, None, k] - lab[None, :, k]) ** 2
        distance = np.sqrt(square)
        np.minimum(least, distance, out=least)
        if v % len(VISIONS) == 0:
            np.minimum(normal, distance, out=normal)
    near = (np.maximum(0, AIM - least) / AIM) ** 2 + (least < CLEAR) * 0.1
    near += 2 * np.maximum(0, WORST - least) / WORST
    both = 4 * (np.maximum(0, APART - least) / APART) ** 2
    both += 2 * (np.maximum(0, DISTINCT - normal) / DISTINCT) ** 2
    return near.astype(np.float32), both.astype(np.float32)


@njit(fastmath=True)
def anneal(near: Array, both: Array, chosen: Array, weights: Array, moves: int, seed: int) -> None:
    """Swap two places, or put a candidate in one, ever more reluctantly."""
    np.random.seed(seed)  # noqa: NPY002 - numba has its own generator
    for move in range(moves):
        heat = 0.5 * (0.0005 / 0.5) ** (move / moves)
        c, e = np.random.randint(64), np.random.randint(64)  # noqa: NPY002
        swap = np.random.random() < 0.4  # noqa: NPY002
        if swap and c == e:
            continue
        old = chosen[c]
        new = chosen[e] if swap else np.random.randint(len(near))  # noqa: NPY002
        change = 0.0
        for o in range(64):
            if o == c or (swap and o == e):
                continue
            other = chosen[o]
            change += weights[c ^ o] * (near[new, other] - near[old, other])
            if swap:
                change += weights[e ^ o] * (near[old, other] - near[new, other])
            else:
                change += both[new, other] - both[old, other]
        if change <= 0 or np.random.random() < np.exp(-change / heat):  # noqa: NPY002
            chosen[c] = new
            if swap:
                chosen[e] = old


def main() -> None:
    """Print _LIGHT_HEX and _DARK_HEX as Python."""
    rng = np.random.default_rng(SEED)
    light, dark, seen = candidates(rng)
    chosen = rng.choice(len(light), 64, replace=False)
    anneal(*costs(seen), chosen, difference_weights(), MOVES, SEED)
    for name, colours in (("LIGHT", light), ("DARK", dark)):
        words = [colours[i] for i in chosen]
        lines = ["    " + " ".join(words[i : i + 8]) for i in range(0, 64, 8)]
        sys.stdout.write("\n".join([f'_{name}_HEX = """', *lines, '"""', ""]))


if __name__ == "__main__":
    main()
