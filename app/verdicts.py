"""The verdict in words: does the signal grow, hold or vanish, in theory and as measured."""

from app.texts import text
from model.moments import Signal
from model.theory.prediction import Prediction
from model.theory.verdict import Verdict, measured_verdict, predicted_verdict


def verdict_text(signal: Signal, prediction: Prediction | None, language: str) -> str:
    """Two sentences: what this network does now, and what its initialisation does on average."""
    squares = [signal.input.mean_square, *(layer.pre.mean_square for layer in signal.layers)]
    seen = measured_verdict(squares)
    sentences = [
        text(
            "verdict.measured",
            language,
            word=text(f"verdict.{seen.kind}", language),
            first=seen.first,
            last=seen.last,
            start=f"{squares[seen.first]:.3g}",
            end=f"{squares[seen.last]:.3g}",
        )
    ]
    sentences.append(
        text("verdict.no_theory", language)
        if prediction is None
        else _theory(predicted_verdict(prediction), language)
    )
    return " ".join(sentences)


def _theory(verdict: Verdict, language: str) -> str:
    """The word follows from q_l = gain · q_{l-1} + σ_b², so biases are counted in."""
    values = {
        "word": text(f"verdict.{verdict.kind}", language).lower(),
        "factor": f"{verdict.per_layer:.3g}",
        "increment": "" if verdict.increment is None else f"{verdict.increment:.3g}",
        "limit": "" if verdict.limit is None else f"{verdict.limit:.3g}",
    }
    if verdict.increment is not None and verdict.kind != "holds":
        return text("verdict.theory_increment", language, **values)
    if verdict.limit is not None:
        return text("verdict.theory_limit", language, **values)
    return text("verdict.theory", language, **values)
