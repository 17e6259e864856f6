"""What theory expects of one network: plain values, filled in by `model.theory.prediction`."""

from dataclasses import dataclass

from cellscope.model.theory.mean_field import Phase


@dataclass(frozen=True, slots=True)
class LayerPrediction:
    """Expectations over the initial weights of one layer, for the training points.

    None where theory has no word: tanh leaves open what depends on pairs of points or on how one
    network differs from the next.
    """

    layer: int  # 1…L
    fan_in: int
    fan_out: int
    weight_variance: float  # v
    bias_variance: float  # σ_b²
    scale_gain: float | None  # n v, halved after a ReLU: the weights' own factor (2 v in layer 1)
    gain: float | None  # q_l / q_{l-1}, biases included; None for layer 1 or 0/0
    pre_variance: float  # q = E[y²]; E[y] = 0. Exact at any width, but for tanh
    pre_data_variance: float | None
    expected_variance: float | None  # q (1 − (1 − d)/n): what the pooled variance reads on average
    post_mean: float  # in the limit of wide layers
    expected_post_mean: float | None  # at these widths, to first order; None: spread not known
    post_variance: float  # post_mean_square − post_mean²
    post_mean_square: float  # exact at any width, but for tanh
    post_data_variance: float | None
    log_variance: float | None  # τ² of one network's mean square, for one input; None: not known
    band: tuple[float, float] | None  # 68 % of single networks: absolute, before the activation
    median: float | None  # of single networks' mean squares, before the activation
    delta_gain: float | None  # E[δ_l²] / E[δ_{l+1}²]; None for the last layer

    @property
    def data_share(self) -> float:
        """d, the data-only share of q; nan where q is 0 or the share not known."""
        if not self.pre_variance or self.pre_data_variance is None:
            return float("nan")
        return self.pre_data_variance / self.pre_variance


@dataclass(frozen=True, slots=True)
class Prediction:
    """Theory of a whole network on its training points."""

    input_mean_square: float  # r_0 = E|x|²/2
    kappa: float  # E|x| / √E|x|²
    beta: float  # Σ 1/n over the hidden layers
    layers: tuple[LayerPrediction, ...]
    phase: Phase | None = None  # of tanh: where layers like the last hidden one settle
