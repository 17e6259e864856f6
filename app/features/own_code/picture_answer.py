"""What the page says about a pattern picture that was handed in."""

from cellscope.app.text.numbers import grouped, number, percent
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.origin import Window
from cellscope.model.own_code.pictures import PictureVerdict, Question, Reading
from cellscope.model.own_code.symmetry import UPRIGHT

Said = dict[str, object]


def picture_said(verdict: PictureVerdict, question: Question, language: str) -> Said:
    """Headline and sentences; several explanations that fit equally well are a list."""
    readings = [reading_said(r, question, language) for r in verdict.readings]
    named = readings if verdict.status == "named" else []
    return {
        "head": _head(verdict, language),
        "named": named[0] if len(named) == 1 else [],
        "lines": _facts(verdict, language),
        "several": text("code.several", language) if len(named) > 1 else "",
        "choices": [" ".join(said) for said in named] if len(named) > 1 else [],
        "captions": [text(f"code.caption.{c}", language) for c in ("page", "yours", "differ")],
    }


def reading_said(reading: Reading, question: Question, language: str) -> list[str]:
    """One sentence for each mistake of a reading."""
    content, symmetry, sentences = reading.content, reading.symmetry, list[str]()
    if content != question.asked:
        layers = {"layer": content.layer, "asked": question.layer}
        sentences.append(text(f"code.content.{content.kind}", language, **layers))
    if symmetry is not UPRIGHT:
        said = text(f"code.symmetry.{symmetry.name}", language)
        sentences.append(f"{said} {text('code.repair', language, code=symmetry.repair)}")
    if reading.axes != "ends":
        window = window_said(question.window, language)
        sentences.append(text(f"code.axes.{reading.axes}", language, window=window))
    return sentences


def window_said(window: Window, language: str) -> str:
    """−5…5 × −5…5, each range in one line."""
    x0, x1, y0, y1 = (number(side, language, 6) for side in window)
    return f"{x0}…\u2060{x1} × {y0}…\u2060{y1}"


def _head(verdict: PictureVerdict, language: str) -> str:
    points, left = grouped(verdict.points), grouped(verdict.left)
    if verdict.status == "same":
        rounding = f".{verdict.rounding}" if verdict.rounding else ""
        return text(f"code.picture.same{rounding}", language, points=points, left=left)
    return text(
        "code.picture.differs",
        language,
        differing=grouped(verdict.plain.differing),
        points=points,
        share=percent(verdict.plain.differing / verdict.points, language),
    )


def _facts(verdict: PictureVerdict, language: str) -> list[str]:
    """What is true beside the explanations."""
    plain, facts = verdict.plain, list[str]()
    if len(verdict.kept) < verdict.pixels:
        kept, pixels = len(verdict.kept), verdict.pixels
        facts.append(text("code.picture.thinned", language, kept=kept, pixels=pixels))
    if verdict.status == "differs":
        counts = {"theirs": grouped(plain.theirs), "ours": grouped(plain.ours)}
        facts.append(text("code.picture.labels", language, **counts))
        facts.append(text(f"code.picture.{_relation(verdict)}", language))
    if verdict.status == "named" and verdict.left:
        rounding = f".{verdict.rounding}" if verdict.rounding else ""
        facts.append(text(f"code.picture.left{rounding}", language, left=grouped(verdict.left)))
    return facts


def _relation(verdict: PictureVerdict) -> str:
    """How the labels go together where no reading fits."""
    plain = verdict.plain
    if plain.theirs == 1:
        return "constant"
    if verdict.unlike:
        return "unlike"
    return "finer" if plain.finer else "coarser" if plain.coarser else "unknown"
