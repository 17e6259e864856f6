"""What a page is told of the network from a file that its experiment began with."""

from typing import Any

import numpy as np

from cellscope.app.figures.colours import CLASS_COLOURS
from cellscope.app.session.session import Session
from cellscope.app.settings.readouts import sizes_text
from cellscope.app.text.texts import text
from cellscope.model.datasets import seen_data
from cellscope.model.opened import Opened
from cellscope.model.own.opening import corners, fitting_window
from cellscope.model.spec import Spec
from cellscope.model.view import START_WINDOW


def opened_message(session: Session, language: str) -> dict[str, Any]:
    """Of none, too: the page then offers again what it had taken away."""
    spec, network = session.spec, session.spec.opened
    told: dict[str, Any] = {"type": "opened", "window": START_WINDOW}
    if network is None:
        return told | {"name": ""}
    points = network.inputs
    return told | {
        "name": network.name,
        "said": " ".join(_said(spec, network, language)),
        "plane": "" if spec.cut is None else spec.cut.written,
        "inputs": network.sizes[0],
        "points": 0 if points is None or not points.given else len(points.x),
        "ownData": points is not None,
        "trainable": not network.still,
        "graph": network.graph is not None,
        "why": text(f"opened.still.{network.still}", language) if network.still else "",
        "window": fitting_window(network, spec.cut),
        "corners": corners(network, spec.cut).tolist(),
    }


def _what(spec: Spec, network: Opened, language: str) -> str:
    if network.graph is not None:
        steps = ", ".join(f"{k} {name}" for k, name in enumerate(network.graph.steps, start=1))
        return text("opened.what.graph", language, steps=steps)
    activation = text(f"choice.activation.{spec.activation}", language)
    return text("opened.what", language, sizes=sizes_text(spec), activation=activation)


def _said(spec: Spec, network: Opened, language: str) -> list[str]:
    said = [_what(spec, network, language)]
    said += [text(f"opened.note.{note}", language) for note in network.notes]
    if spec.classes > len(CLASS_COLOURS):
        said.append(text("opened.colours", language, classes=len(CLASS_COLOURS)))
    points = network.inputs
    if network.graph is not None and points is not None and not points.given:
        said.append(text("opened.stand_ins", language))
    if points is not None and points.given:
        said.append(text("opened.points", language, name=points.name, points=len(points.x)))
        if points.left_out:
            said.append(text("opened.left_out", language, count=points.left_out))
        data = seen_data(spec)
        if data.train_away is not None and data.test_away is not None:
            away = np.concatenate([data.train_away, data.test_away])
            said.append(
                text("opened.away", language, mean=float(away.mean()), most=float(away.max()))
            )
    return said
