"""What is said of points of one's own: what they are, how they are scaled, and what keeps them."""

import numpy as np

from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.datasets import own_scales, points_of
from cellscope.model.spec import Spec
from cellscope.model.view import START_WINDOW


def own_said(spec: Spec, language: str) -> str:
    """Nothing of a data set that has a name."""
    own = spec.own
    if own is None:
        return ""
    parts = [_named(spec, language)]
    if own.words:
        parts.append(text("own.words", language, words=", ".join(own.words)))
    if not own.standardise:
        away = int((np.abs(own.x) > START_WINDOW[1]).any(axis=1).sum())
        parts += [text("own.away", language, count=away)] if away else []
    parts += [*_scaled(spec, language), text("own.unsaved", language)]
    return " · ".join(parts)


def _named(spec: Spec, language: str) -> str:
    own = spec.own
    assert own is not None
    if own.kind == "formula":
        return text("own.formula", language, formula=own.name, points=points_of(spec))
    name = own.name if own.kind == "file" else text("own.drawn", language)
    return text("own.points", language, name=name, points=own.count)


def _scaled(spec: Spec, language: str) -> list[str]:
    scales = own_scales(spec)
    if not scales:
        return []
    told = [(_less(s.mean, language), number(s.deviation, language)) for s in scales]
    (m1, d1), (m2, d2), *target = told
    said = [text("own.scaled", language, m1=m1, d1=d1, m2=m2, d2=d2)]
    return said + [text("own.target", language, m=m, d=d) for m, d in target]


def _less(mean: float, language: str) -> str:
    """What is taken away, with its sign: − 3.2, + 3.2."""
    return f"{'+' if mean < 0 else '−'} {number(abs(mean), language)}"
