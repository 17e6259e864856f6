"""What a page does with its hands: points at a unit, sets weights, freezes, switches off."""

import asyncio
from collections.abc import Mapping

from cellscope.app.features.network.focus import exists, read_first, read_unit
from cellscope.app.settings.display_options import WHICH, read_which
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, is_number, problem_message, read_point
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import HOLDING, LARGEST, Edit, Places, Unit, Wish

LONGEST_GESTURE = 64  # characters of the name that a page gives a drag
LONGEST_NUMBER = 10  # digits


async def point_at(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """The unit that is pointed at or chosen, or none; which part of the drawing is seen."""
    try:
        unit = None if message.get("layer") is None else read_unit(message)
        first = read_first(message.get("first", 1))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.focus.unit, viewer.focus.first = unit, first
    viewer.focus.asked.set()


async def edit(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Change one unit of what is shown; of an earlier step, on a branch from there."""
    try:
        which = read_which(message.get("which"))
        spec = viewer.shown.of(which).spec
        wish = read_wish(message, spec)
        gesture = _read_gesture(message.get("gesture"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    network = 0 if viewer.time.paired else WHICH.index(which)
    past, session = viewer.time.past, viewer.session
    if past is not None and not viewer.time.leaving:
        viewer.time.leave(branches=session.branch(past.run, past.experiment_step, playing=False))
        viewer.time.asked.set()
    loop = asyncio.get_running_loop()

    def told(done: Edit | SpecError) -> None:
        loop.call_soon_threadsafe(heard, done)

    def heard(done: Edit | SpecError) -> None:
        if isinstance(done, SpecError):
            viewer.refusals.put_nowait(done)
        else:
            session.deeds.edited(network, done, gesture)

    session.touch()
    session.trainer.edit(wish, network, told)
    viewer.wake.set()


def read_wish(message: Mapping[str, object], spec: Spec) -> Wish:
    """What a message asks for; a `SpecError` if it can't be read."""
    unit = read_unit(message)
    if not exists(unit, spec):
        raise SpecError("unit", "whole", unit[1] + 1, low=1, high=max(spec.sizes[1:]))
    holding = message.get("hold")
    if holding is not None:
        for known in HOLDING:
            if holding == known:
                return Wish(held=(unit, known))
        raise SpecError("hold", "choice", holding, choices=", ".join(HOLDING))
    if "through" in message:
        point = read_point(message["through"])
        if point is None:
            raise SpecError("through", "two_numbers", message["through"])
        return Wish(through=(unit, *point))
    values = _values(message, unit, spec)
    if not values:
        raise SpecError("weights", "object", message.get("weights"))
    return Wish(values)


def _values(message: Mapping[str, object], unit: Unit, spec: Spec) -> dict[int, float]:
    places, fan_in = Places(spec), spec.sizes[unit[0] - 1]
    values: dict[int, float] = {}
    weights = message.get("weights", {})
    if not isinstance(weights, Mapping):
        raise SpecError("weights", "object", weights)
    for name, value in weights.items():  # pyright: ignore[reportUnknownVariableType]
        values[places.weight(unit, _place(name, fan_in))] = _number("weight", value)
    if "bias" in message:
        values[places.bias(unit)] = _number("bias_of_unit", message["bias"])
    return values


def _place(name: object, fan_in: int) -> int:
    """A weight's place, of its number from 1; Python reads none of more than 4300 digits."""
    if isinstance(name, str) and name.isdecimal() and len(name) < LONGEST_NUMBER:
        place = int(name) - 1
        if 0 <= place < fan_in:
            return place
    raise SpecError("weights", "whole", name, low=1, high=fan_in)


def _number(name: str, value: object) -> float:
    if not is_number(value) or abs(value) > LARGEST:
        raise SpecError(name, "range", value, low=-LARGEST, high=LARGEST)
    return float(value) + 0.0


def _read_gesture(raw: object) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str) or len(raw) > LONGEST_GESTURE:
        raise SpecError("gesture", "too_long", raw)
    return raw
