"""The routes of the bridge: a file goes out, results come in.

`GET /export/code?session=…&layer=…` is the file. The body of `POST /compare?session=…&name=…` are
the bytes of a .npy or .csv; the answer is JSON, in all languages. What comes in is compared with
what went out last, whatever the page shows by then.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cellscope.app.features.own_code.moments_answer import moments_said, status_of
from cellscope.app.features.own_code.picture_answer import picture_said, window_said
from cellscope.app.features.own_code.snippets import file_name
from cellscope.app.features.own_code.thumbnails import thumbnails
from cellscope.app.server.reach import Reach
from cellscope.app.server.uploads import Uploads
from cellscope.app.session.looking_back import recalled
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import THEMES, read_which
from cellscope.app.text.texts import LANGUAGES, sentence, text
from cellscope.model.datasets import make_data
from cellscope.model.files.moments import read_moments
from cellscope.model.files.pattern import read_pattern
from cellscope.model.own_code.code_file import code_npz
from cellscope.model.own_code.moments import Reference, explain_column
from cellscope.model.own_code.pictures import Question, explain_picture
from cellscope.model.spec import Spec, SpecError, check_layers
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

LARGEST_MEBIBYTES = 9  # 1001² labels of eight bytes are 7.6
SUFFIXES = (".npy", ".csv")
MOST_AT_ONCE, MOST_OF_ONE = 4, 2  # bodies held in memory; of one experiment
LONGEST_NAME = 30
Answer = dict[str, Any]


class Bridge:
    """Both routes. **Threads**: the event loop's only; comparisons are made one after another."""

    def __init__(self, sessions: Sessions, reach: Reach) -> None:
        self.sessions = sessions
        most = {"most": MOST_AT_ONCE, "most_of_one": MOST_OF_ONE, "mebibytes": LARGEST_MEBIBYTES}
        self.uploads = Uploads(sessions, reach, "compare", **most)

    async def code(self, request: Request) -> Response:
        """The file of the experiment as it is now; the session remembers which that was."""
        query = dict(request.query_params)
        session = self.sessions.get(query.get("session"))
        if session is None:
            return PlainTextResponse(text("session.lost"), status_code=404)
        try:
            view, problems = read_view(query, View())
            which = read_which(query.get("which"))
            if problems:
                raise problems[0]
        except SpecError as error:
            return PlainTextResponse(sentence(error), status_code=422)
        try:
            both = await self.uploads.run(_asked, session, query)
        except SpecError as error:
            return PlainTextResponse(sentence(error), status_code=422)
        snapshot = both.of(which)
        try:
            check_comparable(snapshot.spec, "download")
        except SpecError as error:
            return PlainTextResponse(sentence(error), status_code=422)
        view = replace(view, layer=min(view.layer, snapshot.spec.layers))
        data = await self.uploads.run(code_npz, snapshot, view)
        session.taken = snapshot, view
        name = file_name(snapshot.shown_step, network="" if both.other is None else which)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def compare(self, request: Request) -> Response:
        """What a file that was handed in is, beside ours."""
        return await self.uploads.answer(request, lambda session: self._take(session, request))

    async def _take(self, session: Session, request: Request) -> Response:
        data = await self.uploads.body(request)
        return await self._answer(session, dict(request.query_params), data)

    async def _answer(
        self, session: Session, query: Mapping[str, str], data: bytes | None
    ) -> Response:
        name = _short(query.get("name", ""))
        if data is None:
            error = SpecError("upload", "file_large", name, high=self.uploads.mebibytes)
            return _refusal(413, error)
        taken = session.taken
        if taken is None:
            seen = await self.uploads.run(_seen, session, query)
            snapshot, view = seen, read_view(query, View())[0]
        else:
            snapshot, view = taken
        view = replace(view, layer=min(view.layer, snapshot.spec.layers))
        theme = query.get("theme", THEMES[0])
        work = (data, name, snapshot, view, theme if theme in THEMES else THEMES[0])
        try:
            answer = await self.uploads.run(compared, *work)
        except SpecError as error:
            return _refusal(422, error)
        with_what = "taken" if taken else "now"
        for language, said in answer["said"].items():
            said["compared"] = _compared(with_what, name, snapshot, view, language)
        return JSONResponse(answer)


def _seen(session: Session, query: Mapping[str, str]) -> Snapshot:
    """The network that the page shows now."""
    which = query.get("which")
    return _asked(session, query).of("b" if which == "b" else "a")


def _asked(session: Session, query: Mapping[str, str]) -> Snapshot:
    """The experiment as the page shows it: now, or at an earlier step."""
    if "step" not in query:
        return session.latest
    found = recalled(session, query.get("run"), query["step"])
    if found is None:
        runs = ", ".join(str(branch.run) for branch in session.trainer.recorder.branches)
        raise SpecError("run", "choice", query.get("run"), choices=runs)
    return found


def check_comparable(spec: Spec, field: str) -> None:
    """Raise where a network is no chain of layers, or has inputs beside those of the file."""
    check_layers(spec, field)
    if spec.features:
        features = ", ".join(spec.features)
        raise SpecError(field, "code_features", features, features=features)


def compared(data: bytes, name: str, snapshot: Snapshot, view: View, theme: str) -> Answer:
    """The comparison of a file with a snapshot; a `SpecError` if it is none that can be read."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    check_comparable(snapshot.spec, "upload")
    if suffix not in SUFFIXES:
        raise SpecError("upload", "file_suffix", name, choices=", ".join(SUFFIXES))
    if not data:
        raise SpecError("upload", "file_empty", name)
    if suffix == ".npy":
        return _compared_picture(data, name, snapshot, view, theme)
    return _compared_moments(data, name, snapshot)


def _compared_picture(data: bytes, name: str, snapshot: Snapshot, view: View, theme: str) -> Answer:
    labels = read_pattern(data, name)
    question = Question(snapshot.weights, snapshot.spec.activation, view.layer, view.window)
    verdict = explain_picture(question, labels)
    return {
        "kind": "pattern",
        "status": verdict.status,
        "said": {language: picture_said(verdict, question, language) for language in LANGUAGES},
        "pictures": thumbnails(verdict, snapshot, view, theme),
    }


def _compared_moments(data: bytes, name: str, snapshot: Snapshot) -> Answer:
    spec = snapshot.spec
    table = read_moments(data, name, layers=spec.layers)
    reference = Reference(snapshot.full_weights, spec.activation, make_data(spec))
    verdicts = [explain_column(column, table.of(column), reference) for column in table.columns]
    return {
        "kind": "moments",
        "status": status_of(verdicts),
        "said": {language: moments_said(verdicts, language) for language in LANGUAGES},
    }


def _compared(with_what: str, name: str, snapshot: Snapshot, view: View, language: str) -> str:
    key, step = f"code.compared.{with_what}", snapshot.shown_step
    window = window_said(view.window, language)
    return text(key, language, name=name, step=step, layer=view.layer, window=window)


def _short(name: str) -> str:
    """A file's name as messages repeat it, with room for a value beside it: its end."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]


def _refusal(status: int, error: SpecError) -> JSONResponse:
    said = {
        language: sentence(error, language, name=text(f"code.field.{error.field}", language))
        for language in LANGUAGES
    }
    return JSONResponse({"problem": said}, status_code=status)
