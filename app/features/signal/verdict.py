"""The verdict in words: does the signal grow, hold or vanish, in theory and as measured."""

from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.moments import Signal
from cellscope.model.spec import Spec
from cellscope.model.theory.mean_field import Phase
from cellscope.model.theory.prediction import Prediction, has_theory
from cellscope.model.theory.verdict import Verdict, measured_verdict, predicted_verdict


def verdict_text(signal: Signal, prediction: Prediction | None, spec: Spec, language: str) -> str:
    """Two sentences: what this network does now, and what its initialisation does on average."""
    return f"{measured_text(signal, spec, language)} {_expected(prediction, spec, language)}"


def headline(signal: Signal, spec: Spec, language: str) -> str:
    """What this network does now, at one glance."""
    seen = _seen(signal, spec)
    return text(
        f"verdict.headline.{_kind(seen, _squares(signal))}",
        language,
        first=seen.first,
        last=seen.last,
        total=number(seen.total, language),
        factor=number(seen.per_layer, language),
    )


def measured_text(signal: Signal, spec: Spec, language: str) -> str:
    """What this network does now, in a sentence."""
    return _measured(_seen(signal, spec), _squares(signal), language)


def _seen(signal: Signal, spec: Spec) -> Verdict:
    """What chance may do to a graph is not known."""
    activation = None if spec.graph is not None else spec.activation
    return measured_verdict(_squares(signal), spec.sizes[1:], activation)


def _kind(seen: Verdict, squares: list[float]) -> str:
    """From 0 there is no factor: nothing falls by chance, and what comes after has not vanished."""
    if squares[seen.first] != 0.0:
        return seen.kind
    return "zero" if squares[seen.last] > 0.0 else "vanishes"


def _squares(signal: Signal) -> list[float]:
    return [signal.input.mean_square, *(layer.pre.mean_square for layer in signal.layers)]


def _measured(seen: Verdict, squares: list[float], language: str) -> str:
    low, high = seen.chance or (0.0, 0.0)
    return text(
        f"verdict.measured.{_kind(seen, squares)}",
        language,
        first=seen.first,
        last=seen.last,
        start=squares[seen.first],
        end=squares[seen.last],
        total=seen.total,
        factor=seen.per_layer,
        low=number(low, language, 2),
        high=number(high, language, 2),
    )


def _expected(prediction: Prediction | None, spec: Spec, language: str) -> str:
    if prediction is None:
        if spec.opened is not None:
            return text("verdict.opened", language)
        return text("verdict.waiting" if has_theory(spec) else _no_theory(spec), language)
    if prediction.phase is not None:
        return _tanh(prediction.phase, language)
    return _theory(predicted_verdict(prediction), language)


def _no_theory(spec: Spec) -> str:
    """The id of why there is no formula."""
    if spec.features:
        return "verdict.no_theory.features"
    if spec.normalised:
        return "verdict.no_theory.batch_norm"
    if spec.one_activation is None:
        return "verdict.no_theory.several"
    return "verdict.no_theory" if spec.init == "lsuv" else "verdict.no_theory.activation"


def _theory(verdict: Verdict, language: str) -> str:
    """The word follows from q_l = gain · q_{l-1} + σ_b², so biases are counted in."""
    values = {
        "word": text(f"verdict.{verdict.kind}", language),
        "factor": verdict.per_layer,
        "increment": verdict.increment,
        "limit": verdict.limit,
    }
    if verdict.increment is not None and verdict.kind != "holds":
        return text("verdict.theory_increment", language, **values)
    if verdict.limit is not None:
        return text("verdict.theory_limit", language, **values)
    return text("verdict.theory", language, **values)


def _tanh(phase: Phase, language: str) -> str:
    return text(
        f"verdict.theory_{phase.regime}",
        language,
        limit=phase.fixed_point,
        chi=phase.chi,
    )
