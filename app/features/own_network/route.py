"""`POST /open?session=…`: a network and points of its inputs, a recording, a saved experiment.

The body is one line of JSON, `[{"name": …, "size": …}, …]`, and the files' bytes one after the
other. The answer is `{}`, perhaps with what is `said` of them, or the `problem`, in all languages.
What is in a file is read, never run.
"""

import json
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from cellscope.app.server.reach import Reach
from cellscope.app.server.uploads import Uploads
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.text.texts import LANGUAGES, complaint, text
from cellscope.model.files.experiment import read_experiment, run_in, was_changed
from cellscope.model.opened import Opened
from cellscope.model.own import warm_own
from cellscope.model.own.opening import File, is_data, opened, spec_of, with_data
from cellscope.model.recording.reel import is_recording, read_recording
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.held import Held

LARGEST_MEBIBYTES = 32  # of all files together
LONGEST_HEAD = 4096
MOST_FILES = 4
MOST_WAITING = 2  # bodies held in memory


class Opening:
    """The route. **Threads**: the event loop's only; files are read one after another."""

    def __init__(self, sessions: Sessions, reach: Reach) -> None:
        self.uploads = Uploads(
            sessions, reach, "open", most=MOST_WAITING, mebibytes=LARGEST_MEBIBYTES
        )

    async def open(self, request: Request) -> Response:
        """Have the experiment begin with the network in the body."""
        return await self.uploads.answer(request, lambda session: self._take(session, request))

    async def _take(self, session: Session, request: Request) -> Response:
        body = await self.uploads.body(request)
        try:
            if body is None:
                raise SpecError("network", "file_large", "upload", high=self.uploads.mebibytes)
            found = await self.uploads.run(read, body, session.spec)
            if isinstance(found, Spec) and found.graph is not None:
                await self.uploads.run(warm_own.prepare)
            _open(session, found)
            said = await self.uploads.run(_said, body, found)
        except SpecError as error:
            # An answer, not a failed request: that would be noted in the browser's console.
            return JSONResponse({"problem": complaint(error)["messages"]})
        return JSONResponse({"said": said} if said else {})


def _open(session: Session, found: Spec | Held) -> None:
    """Have what was found."""
    if isinstance(found, Held):
        session.open_recording(found)
    else:
        session.open_experiment(found)


def _said(body: bytes, found: Spec | Held) -> dict[str, str]:
    """What is to be said of it, in all languages: where it is, or what does not come back."""
    file, *others = files_of(body)
    saved = not others and file.suffix == ".zip"
    if isinstance(found, Held):
        if saved and found.step == 0:
            return {}
        name = "saved.opened" if saved else "recording.opened"
        return {one: text(name, one, step=found.step) for one in LANGUAGES}
    if not saved or not was_changed(file.data):
        return {}
    return {one: text("own.changed", one) for one in LANGUAGES}


def read(body: bytes, spec: Spec) -> Spec | Held:
    """The settings of an experiment with the network in a body, or with its points.

    Of a recording, and of a saved experiment with its run, what it comes to; of one without the
    settings.
    """
    files = files_of(body)
    if len(files) == 1 and is_recording(files[0].data):
        return read_recording(files[0].data, files[0].name)
    if len(files) == 1 and files[0].suffix == ".zip":
        run = run_in(files[0].data)
        return read_experiment(files[0].data) if run is None else read_recording(run, files[0].name)
    if spec.opened is not None and all(map(is_data, files)) and len(files) == 1:
        network: Opened = with_data(spec.opened, files[0])
    else:
        network = opened(files)
    return spec_of(network, spec)


def files_of(body: bytes) -> list[File]:
    """The files in a body."""
    head, found, rest = body.partition(b"\n")
    try:
        if not found or len(head) > LONGEST_HEAD:
            raise ValueError
        told: Any = json.loads(head)
        if not isinstance(told, list) or not 1 <= len(told) <= MOST_FILES:  # pyright: ignore[reportUnknownArgumentType]
            raise ValueError
        files: list[File] = []
        for one in told:  # pyright: ignore[reportUnknownVariableType]
            name, size = one["name"], one["size"]
            if not isinstance(name, str) or not isinstance(size, int) or not 0 <= size <= len(rest):
                raise ValueError
            files.append(File(name[-80:], rest[:size]))
            rest = rest[size:]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SpecError("network", "open_body", "") from None
    if rest:
        raise SpecError("network", "open_body", "")
    return files
