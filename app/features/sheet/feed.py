"""The lesson of a viewer: its question is heard, and told again when something new is measured."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from cellscope.app.features.sheet.dialogue import (
    Lesson,
    named_message,
    now_message,
    own_message,
    read_lesson,
)
from cellscope.app.features.sheet.own import start_facts
from cellscope.app.stream.duties import aside
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Which
from cellscope.model.view import Window

Told = dict[str, Any]
Made = Callable[..., Told]
Making = Coroutine[Any, Any, Told]
Of = tuple[int, Which, Window]  # what is measured: a version, of which network, and where
PERIOD_S = 0.25
READING_S = 2.0
PATIENCE_S = 0.5  # after which what is on screen is named before it is measured
TRAINING_PERIOD_S = 1.0  # a reader needs longer for a number than the network for a step


async def open_question(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """A question is opened, predicted or closed; `lessons` answers."""
    try:
        viewer.lesson = read_lesson(message)
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.told_lesson = viewer.told_now = None


async def lessons(pools: Pools, viewer: Viewer) -> None:
    """Tell an open question's own numbers, once; they are measured before anybody asks for them."""
    while True:
        lesson, language = viewer.lesson, viewer.language
        if lesson is not None and viewer.visible and viewer.told_lesson != (lesson, language):
            viewer.told_lesson = lesson, language
            if lesson.may_see(viewer.answers):
                await _own_facts(pools, lesson)
            await _tell(pools, viewer, own_message, lesson, viewer.answers, language)
            viewer.measuring = aside(_measure_ahead(pools, viewer, lesson))
        await asyncio.sleep(PERIOD_S)


async def screens(pools: Pools, viewer: Viewer) -> None:
    """Tell the same measure on what is on screen, whenever it is another."""
    while True:
        lesson, snapshot = viewer.lesson, viewer.shown.of(viewer.which)
        window = viewer.view.window
        state = (lesson, snapshot.version, viewer.which, window)
        if lesson is not None and viewer.visible and viewer.told_now != state:
            viewer.told_now = state  # before the work: another question may be asked meanwhile
            asked = lesson, snapshot, window, viewer.answers
            measuring = pools.lessons.make(viewer.session.id, now_message, *asked)
            of = snapshot.version, viewer.which, window
            now = await _name_meanwhile(viewer, lesson, measuring, of)
            if now is not None:
                await _say(viewer, lesson, now | _looked(of))
        moving = snapshot.status == "training" and viewer.told_now is not None
        await asyncio.sleep(TRAINING_PERIOD_S if moving else PERIOD_S)


def _looked(of: Of) -> Told:
    """Of which network and part of the plane it is: one version has two, and many windows."""
    _, which, window = of
    return {"which": which, "window": window}


async def _name_meanwhile(viewer: Viewer, lesson: Lesson, measured: Making, of: Of) -> Told | None:
    """Until it is measured: name what stands on screen, so that nothing older is said to be there.

    What trains keeps its last numbers, which have their step. None: what was measured is of
    another state than the one that was named.
    """
    measuring, named = asyncio.create_task(measured), None
    try:
        while not (await asyncio.wait({measuring}, timeout=PATIENCE_S))[0]:
            snapshot = viewer.shown.of(viewer.which)
            seen = snapshot.version, viewer.which, viewer.view.window
            if seen != named and snapshot.status != "training":
                named = seen
                message = named_message(lesson, snapshot, viewer.view.window)
                await _say(viewer, lesson, message | _looked(seen))
        now = await measuring
        return now if named in (None, of) else None
    finally:
        measuring.cancel()  # who left needs no number


async def _measure_ahead(pools: Pools, viewer: Viewer, lesson: Lesson) -> None:
    """While a question is being read, what will be told after the prediction is measured."""
    await asyncio.sleep(READING_S)  # first the page
    if viewer.lesson is lesson:
        await _own_facts(pools, lesson)


async def _own_facts(pools: Pools, lesson: Lesson) -> None:
    """Once for all viewers: it may take seconds."""
    name = lesson.question.name
    await pools.facts.get(name, pools.lessons, lambda: start_facts(name))


async def _tell(pools: Pools, viewer: Viewer, made: Made, lesson: Lesson, *asked: Any) -> None:
    """Make a message in the background and say it."""
    await _say(viewer, lesson, await pools.lessons.make(viewer.session.id, made, lesson, *asked))


async def _say(viewer: Viewer, lesson: Lesson, message: Told) -> None:
    """Unless another question was opened meanwhile."""
    if viewer.lesson is lesson:
        await viewer.socket.send_text(json.dumps(message))
