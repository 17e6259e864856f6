"""The lesson of a viewer: its question is heard, and told again when something new is measured."""

import asyncio
import json

from app.sheet.lessons import Lesson, lesson_message, read_lesson
from app.sheet.policy import Answers
from app.stream.pools import Pools
from app.stream.viewer import Viewer
from app.stream.wire import Message, problem_message
from model.spec import SpecError
from model.training.snapshot import Snapshot
from model.view import Window

PERIOD_S = 0.25
TRAINING_PERIOD_S = 1.0  # a reader needs longer for a number than the network for a step


def _said(
    lesson: Lesson, snapshot: Snapshot, window: Window, answers: Answers, language: str
) -> str:
    message = lesson_message(lesson, snapshot, window, answers, language)
    return json.dumps(message | {"version": snapshot.version})


async def open_question(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """A question is opened, predicted or closed; `lessons` answers."""
    try:
        viewer.lesson = read_lesson(message)
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.told_lesson = None


async def lessons(pools: Pools, viewer: Viewer) -> None:
    """Tell the open question's numbers whenever they may be others."""
    while True:
        snapshot = viewer.session.latest.of(viewer.which)
        lesson, window, language = viewer.lesson, viewer.view.window, viewer.language
        state = (lesson, snapshot.version, viewer.which, window, language)
        if lesson is not None and viewer.visible and viewer.told_lesson != state:
            viewer.told_lesson = state  # before the work: another question may be asked meanwhile

            asked = lesson, snapshot, window, viewer.answers, language
            said = await asyncio.get_running_loop().run_in_executor(pools.jobs, _said, *asked)
            if viewer.lesson is lesson:
                await viewer.socket.send_text(said)
        moving = snapshot.status == "training" and viewer.told_lesson is not None
        await asyncio.sleep(TRAINING_PERIOD_S if moving else PERIOD_S)
