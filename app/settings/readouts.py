"""Short derived values beside the controls: what a setting means for this network."""

from math import isclose, sqrt

from cellscope.app.settings.own_words import own_said
from cellscope.app.text.network_names import in_use_text
from cellscope.app.text.texts import text
from cellscope.model.datasets import make_data, out_of_use, split_of
from cellscope.model.init import initial_weights, layer_shapes, weight_variance
from cellscope.model.spec import Spec
from cellscope.model.theory.forward import kept_share

Readouts = dict[str, str]  # element id -> text


def readouts(spec: Spec, language: str) -> Readouts:
    """Element id -> text, for everything that follows from the spec alone."""
    train, test = split_of(spec)
    values = {
        "data-summary": text("readout.points", language, train=train, test=test)
        if spec.has_points
        else text("readout.points.none", language),
        "dataset-readout": own_said(spec, language),
        "network-summary": text(
            "readout.network", language, sizes=sizes_text(spec), parameters=spec.parameters
        ),
        "data-also": ""
        if "noise" in out_of_use(spec)
        else text("readout.noise", language, noise=spec.noise),
        "network-also": text("readout.also", language, also=in_use_text(spec, language)),
        "initialisation-summary": _initialisation(spec, language),
        "training-summary": text(
            "readout.training.full" if spec.batch_size >= train else "readout.training",
            language,
            optimizer=text(f"choice.optimizer.{spec.optimizer}", language),
            rate=spec.learning_rate,
            batch=spec.batch_size,
        ),
        "weight-variance-in-force": _in_force(spec),
        "weight-variance-readout": _variance(spec, language),
        "batch-size-readout": "",
        "features-readout": text("readout.features", language) if spec.features else "",
        "batch-norm-readout": _normalised(spec, language),
        **_listed(spec, language),
        **_unused(spec, language),
    }
    if spec.opened is not None:
        own_data = spec.opened.inputs is not None
        values |= _from_file(spec.opened.name, language, own_data=own_data)
    if spec.graph is not None:  # it may have several, and the row below the picture names them
        values["network-also"] = ""
    if spec.batch_size >= train:
        values["batch-size-readout"] = text("readout.full_batch", language, points=train)
    if spec.init == "pytorch":
        values["bias-readout"] = text("readout.pytorch_bias", language)
    else:
        values["bias-readout"] = ""
    return values


def _is_given(spec: Spec) -> bool:
    return spec.init == "normal" or spec.opened is not None


def _from_file(name: str, language: str, *, own_data: bool) -> Readouts:
    """Of weights that were not drawn here."""
    said = text("readout.from_file", language, name=name)
    if own_data:
        return {"data-also": ""} | _from_file(name, language, own_data=False)
    boxes = ("weight-variance", "bias-variance", "width", "depth")
    return {"initialisation-summary": said, "hidden-readout": ""} | {
        f"{name}-readout": said for name in boxes
    }


def _listed(spec: Spec, language: str) -> Readouts:
    """Where widths are listed, the boxes for one width and a number of layers are not in use."""
    if spec.hidden is None:
        return {f"{name}-readout": "" for name in ("hidden", "width", "depth")}
    widths = ", ".join(map(str, spec.hidden))
    return {
        "hidden-readout": text("readout.hidden", language),
        "width-readout": text("readout.width_listed", language, widths=widths),
        "depth-readout": text("readout.depth_listed", language, layers=spec.layers),
    }


def _unused(spec: Spec, language: str) -> Readouts:
    """Boxes whose value another setting keeps out of use."""
    of_biases = "own" if spec.init == "pytorch" else spec.bias
    by = {
        "momentum": ""
        if spec.optimizer == "momentum"
        else text(f"choice.optimizer.{spec.optimizer}", language),
        "bias-variance": ""
        if of_biases == "fixed"
        else text(f"readout.biases.{of_biases}", language),
    }
    by |= _of_points(spec, language)
    return {
        f"{name}-readout": text("readout.unused", language, by=said) if said else ""
        for name, said in by.items()
    }


def _of_points(spec: Spec, language: str) -> Readouts:
    """Why noise, the number of points, … may say nothing about these points."""
    named = text(f"choice.dataset.{'own' if spec.own else spec.dataset}", language)
    of_file = spec.opened is not None and spec.opened.inputs is not None
    why = spec.opened.name if of_file and spec.opened else named
    unused = out_of_use(spec)
    given = spec.opened.name if spec.opened else named if spec.own else ""
    return {"classes": given} | {
        name.replace("_", "-"): why if name in unused else ""
        for name in ("noise", "samples", "balance", "data_seed")
    }


def _normalised(spec: Spec, language: str) -> str:
    if not spec.normalised:
        return ""
    exact = text("readout.batch_norm.exact", language) if spec.is_exact else ""
    return " ".join([text("readout.batch_norm", language), exact]).strip()


def sizes_text(spec: Spec) -> str:
    """2 → 16 ×4 → 2."""
    sizes = spec.sizes
    if len(sizes) > 3 and len(set(sizes[1:-1])) == 1:
        return f"{sizes[0]} → {sizes[1]} ×{len(sizes) - 2} → {sizes[-1]}"
    return " → ".join(map(str, sizes))


def _initialisation(spec: Spec, language: str) -> str:
    """The scheme, and what the biases are."""
    key = spec.bias if spec.bias_variance > 0 or spec.bias != "fixed" else "zero"
    return text(
        "readout.initialisation",
        language,
        scheme=text(f"choice.init.{spec.init}", language),
        biases=text(
            "readout.biases.own" if spec.init == "pytorch" else f"readout.biases.{key}",
            language,
            variance=spec.bias_variance,
        ),
    )


def _in_force(spec: Spec) -> str:
    """The weight variance that the scheme gives the layers after the first; nothing if s does.

    LSUV finds its own on the data: that of the network as it is drawn.
    """
    if _is_given(spec):
        return ""
    shapes = layer_shapes(spec)
    second = min(1, len(shapes) - 1)
    if spec.init == "lsuv":
        weights, _ = initial_weights(spec, make_data(spec))[second]
        return f"{weights.astype(float).var():.3g}"
    return f"{weight_variance(spec, *shapes[second]):.6g}"


def _variance(spec: Spec, language: str) -> str:
    """σ_W and the gain per layer; the first layer apart, since its input is not halved."""
    shapes = layer_shapes(spec)
    inner = shapes[1] if len(shapes) > 1 else shapes[0]
    v, v_first = weight_variance(spec, *inner), weight_variance(spec, *shapes[0])
    share = kept_share(spec.activation)
    kept = share or 1.0
    values = {
        "v": v,
        "deviation": sqrt(v),
        "gain": inner[0] * v * kept,
        "formula": {0.5: "n·s/2", 1.0: "n·s"}.get(kept, "n·s(1+a²)/2"),
        "inputs": spec.sizes[0],
        "first": spec.sizes[0] * v_first,
        "deviation_first": sqrt(v_first),
        "scope": text(_scope(spec), language) if len(shapes) > 1 else "",
    }
    if spec.init == "lsuv":
        return text("readout.lsuv", language)
    key = "readout.normal" if spec.init == "normal" else "readout.scheme"
    if spec.layers == 1:  # neither an activation nor a layer after the first
        key += "_single"
    elif spec.normalised:
        key += "_normalised"
    elif share is None:  # it depends on the scale
        key += "_tanh" if spec.activation in EDGE_AT_1 else "_curved"
    return text(key, language, **values)


EDGE_AT_1 = ("tanh", "hardtanh")  # a(0) = 0 and a'(0) = 1, and flat outside


def _scope(spec: Spec) -> str:
    """Whether the gain of layer 2 is that of all layers after the first, the last included."""
    second, *others = (n * weight_variance(spec, n, m) for n, m in layer_shapes(spec)[1:])
    alike = all(isclose(gain, second, rel_tol=1e-9) for gain in others)
    return "readout.per_layer" if alike else "readout.layer_2"
