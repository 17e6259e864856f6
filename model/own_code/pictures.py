"""A picture handed in, beside ours: is it the same, and if not, what else is it?

A `Reading` is one way to look at it: what it shows, how it is laid down, over which axes. The
plain reading is the one that is hoped for; every other attribute is one mistake. All readings are
tried on a few points that every symmetry maps onto themselves, those that fit there on the whole
picture. Of the readings that fit, the ones with the fewest mistakes are named, all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.origin import Window
from cellscope.model.own_code.labels import (
    Axes,
    Content,
    Labels,
    compact,
    every_picture,
    inclusive_axes,
    label_picture,
    open_axes,
)
from cellscope.model.own_code.partition import Agreement, agreement, differing
from cellscope.model.own_code.symmetry import SYMMETRIES, UPRIGHT, Symmetry
from cellscope.model.own_code.values import Net, rounding_decides
from cellscope.model.view import START_WINDOW

FEW = 101  # points per side on which every reading is tried
NEARLY = 0.005  # of the points: as many may differ for a reading to be nearly right
CLEARLY = 5.0  # times fewer than in the plain reading
MOST_TRIED = 8  # readings on the whole picture
MOST_PRODUCTS = 6e9  # multiplications for one picture: a second or two
AxesName = Literal["ends", "open", "centres", "sheet", "sheet_open"]
Status = Literal["same", "named", "differs"]
Rounding = Literal["", "double", "single"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a picture shows, how it is laid down, and over which axes."""

    content: Content
    symmetry: Symmetry = UPRIGHT
    axes: AxesName = "ends"

    def mistakes(self, asked: Content) -> int:
        """How many of its attributes are not those of the plain reading."""
        return (self.content != asked) + (self.symmetry is not UPRIGHT) + (self.axes != "ends")


@dataclass(frozen=True, slots=True)
class PictureVerdict:
    """What came of the comparison.

    Attributes
    ----------
    readings : tuple of Reading
        Those that fit equally well; the plain one alone where the picture is the same. Empty if
        it differs and no reading fits.
    plain : Agreement
        With ours as it should be, on the compared points.
    kept : (k,) int
        The rows and columns that were compared: all, unless that takes too long.
    left : int
        Points that differ under the first reading, too.
    rounding : str
        Which precision explains all of those: "double", "single" or none.
    """

    status: Status
    asked: Content
    readings: tuple[Reading, ...]
    pixels: int  # per side of the picture handed in
    kept: NDArray[np.intp]
    ours: Labels
    theirs: Labels
    plain: Agreement
    left: int
    rounding: Rounding

    @property
    def points(self) -> int:
        """How many were compared."""
        return self.ours.size

    @property
    def unlike(self) -> bool:
        """Whether most pixels have a label of their own: that could be anything."""
        return 2 * self.plain.theirs > self.points


@dataclass(frozen=True, slots=True)
class Question:
    """Our side: the network, the layer asked for, and the window."""

    weights: Net
    activation: str
    layer: int
    window: Window

    @property
    def asked(self) -> Content:
        return Content("pattern", self.layer)

    def axes(self, name: AxesName, pixels: int) -> Axes:
        """The axes that a reading speaks of."""
        window = START_WINDOW if name.startswith("sheet") else self.window
        if name in ("ends", "sheet"):
            return inclusive_axes(window, pixels)
        return open_axes(window, pixels, offset=0.5 if name == "centres" else 0.0)

    def picture(self, content: Content, axes: Axes) -> Labels:
        return label_picture(self.weights, self.activation, axes, content)


def explain_picture(question: Question, handed_in: NDArray[np.int64]) -> PictureVerdict:
    """Compare a square picture of labels with ours, and name what it is if it differs.

    Parameters
    ----------
    question : Question
    handed_in : (n, n) int
        Any labels; only which pixels are alike matters.
    """
    itself = Reading(question.asked)
    verdict = _beside(question, handed_in, _affordable(question, len(handed_in), question.layer))
    plain = verdict.plain
    if not plain.differing:
        return replace(verdict, status="same", readings=(itself,), left=0)
    if rounding := _rounding(question, itself, plain.differs, verdict):
        return replace(verdict, status="same", readings=(itself,), rounding=rounding)
    if plain.theirs == 1 or verdict.unlike:
        return verdict
    most = _affordable(question, len(handed_in), len(question.weights))
    if most < len(verdict.kept):  # other layers take longer than the one asked for
        verdict = _beside(question, handed_in, most)
    return _named(question, verdict)


def _beside(question: Question, handed_in: NDArray[np.int64], most: int) -> PictureVerdict:
    """Ours beside theirs, on about so many rows and columns; nothing is recognised yet."""
    pixels = len(handed_in)
    kept = symmetric_points(pixels, most=most)
    theirs = compact(handed_in[np.ix_(kept, kept)])
    ours = question.picture(question.asked, question.axes("ends", pixels).thinned(kept))
    plain = agreement(ours, theirs)
    return PictureVerdict(
        "differs", question.asked, (), pixels, kept, ours, theirs, plain, plain.differing, ""
    )


def _named(question: Question, verdict: PictureVerdict) -> PictureVerdict:
    """The verdict with the readings that fit; the same one if none does."""
    exact, near = _fitting(question, verdict)
    if exact:
        return replace(verdict, status="named", readings=tuple(exact), left=0)
    for reading, differs in near:
        if rounding := _rounding(question, reading, differs, verdict):
            left = int(differs.sum())
            return replace(
                verdict, status="named", readings=(reading,), left=left, rounding=rounding
            )
    near = [one for one in near if one[1].sum() * CLEARLY <= verdict.plain.differing]
    if not near:
        return verdict
    fewest = min(int(left.sum()) for _, left in near)
    best = [reading for reading, left in near if left.sum() <= 2 * fewest]
    return replace(verdict, status="named", readings=tuple(_simplest(question, best)), left=fewest)


def symmetric_points(pixels: int, *, most: int) -> NDArray[np.intp]:
    """At most about `most` of the indices 0 … pixels − 1, the same ones counted from the end.

    >>> symmetric_points(9, most=4)
    array([0, 2, 6, 8])
    """
    if pixels <= most:
        return np.arange(pixels)
    half = np.linspace(0, (pixels - 1) / 2, (most + 1) // 2 + 1)[: (most + 1) // 2]
    low = np.floor(half).astype(np.intp)
    return np.unique(np.concatenate([low, pixels - 1 - low]))


def _affordable(question: Question, pixels: int, layers: int) -> int:
    """Points per side on which the values of so many layers can be had in a second or two."""
    products = sum(W.size for W, _ in question.weights[:layers])
    return max(FEW, min(pixels, int((MOST_PRODUCTS / products) ** 0.5)))


def _fitting(
    question: Question, verdict: PictureVerdict
) -> tuple[list[Reading], list[tuple[Reading, NDArray[np.bool_]]]]:
    """The simplest readings that fit, and those that nearly do with the points that differ."""
    theirs, kept, pixels = verdict.theirs, verdict.kept, verdict.pixels
    few = symmetric_points(len(kept), most=FEW)
    glance = compact(theirs[np.ix_(few, few)])
    asked = question.asked
    promising = sorted(  # those that fit already there first, the simplest of them
        _promising(question, glance, kept[few], pixels),
        key=lambda found: (found[1] > 0, found[0].mistakes(asked)),
    )
    exact: list[Reading] = []
    near: list[tuple[Reading, NDArray[np.bool_]]] = []
    for reading, _ in promising[:MOST_TRIED]:
        axes = question.axes(reading.axes, pixels).thinned(kept)
        ours = reading.symmetry.lay(question.picture(reading.content, axes))
        found = agreement(ours, theirs)
        if not found.differing:
            exact.append(reading)
        elif found.differing <= NEARLY * theirs.size:
            near.append((reading, found.differs))
    return _simplest(question, exact), near


def _promising(
    question: Question, glance: Labels, few: NDArray[np.intp], pixels: int
) -> Iterator[tuple[Reading, int]]:
    """The readings that fit, or nearly do, on a few points; other axes only if none does.

    With the number of points that differ.
    """
    names: tuple[tuple[AxesName, ...], ...] = (("ends",), ("open", "centres"))
    if question.window != START_WINDOW:
        names = (*names, ("sheet", "sheet_open"))
    for group in names:
        found = False
        for name in group:
            axes = question.axes(name, pixels).thinned(few)
            for content, ours in _contents(question, axes):
                for symmetry in SYMMETRIES:
                    left = differing(symmetry.lay(ours), glance)
                    if left <= NEARLY * glance.size:
                        found = True
                        yield Reading(content, symmetry, name), left
        if found:
            return


def _contents(question: Question, axes: Axes) -> Iterator[tuple[Content, Labels]]:
    """All that a picture over these axes could show."""
    yield from every_picture(question.weights, question.activation, axes)
    for kind in ("at_least", "signs"):
        content = Content(kind, question.layer)
        yield content, question.picture(content, axes)


def _simplest(question: Question, readings: list[Reading]) -> list[Reading]:
    """Those with the fewest mistakes."""
    mistakes = [reading.mistakes(question.asked) for reading in readings]
    return [r for r, count in zip(readings, mistakes, strict=True) if count == min(mistakes)]


def _rounding(
    question: Question, reading: Reading, left: NDArray[np.bool_], verdict: PictureVerdict
) -> Rounding:
    """The precision within which every differing point lies on a line; "" if it is none."""
    content = reading.content
    if content.kind == "classes" or left.sum() > NEARLY * left.size:
        return ""
    rows, columns = np.nonzero(_upright(reading.symmetry, left))
    axes = question.axes(reading.axes, verdict.pixels).thinned(verdict.kept)
    points = np.stack([axes.x1[columns], axes.x2[rows]], axis=1)
    first = 1 if content.kind == "regions" else content.layer
    precisions: tuple[tuple[Rounding, float], ...] = (("double", 2.0**-52), ("single", 2.0**-23))
    for name, epsilon in precisions:
        if rounding_decides(
            question.weights,
            question.activation,
            points,
            layers=range(first, content.layer + 1),
            epsilon=epsilon,
        ).all():
            return name
    return ""


def _upright(symmetry: Symmetry, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask over a picture laid down, back over ours."""
    place = np.arange(mask.size).reshape(mask.shape)
    upright = np.empty(mask.size, np.bool_)
    upright[symmetry.lay(place).ravel()] = mask.ravel()
    return upright.reshape(mask.shape)
