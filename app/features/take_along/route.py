"""`GET /export/experiment?session=…` and `/export/weights`: a run as others can go on with it."""

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from cellscope.app.features.take_along.film import KIND, Film
from cellscope.app.session.looking_back import recalled
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.display_options import read_language, read_which
from cellscope.app.text.network_names import shown_text
from cellscope.app.text.texts import LANGUAGES, sentence, text
from cellscope.model.files.experiment import Experiment, experiment_zip, weights_safetensors
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.reel import run_file
from cellscope.model.spec import SpecError, check_layers


def experiment_response(sessions: Sessions, request: Request) -> Response:
    """Script, points, initial weights and weights as one .zip. Runs in a worker thread."""
    return _response(sessions, request, "zip")


def weights_response(sessions: Sessions, request: Request) -> Response:
    """The weights as .safetensors. Runs in a worker thread."""
    return _response(sessions, request, "safetensors")


def recording_response(sessions: Sessions, request: Request) -> Response:
    """The newest film of the experiment; nothing while there is none."""
    query: Mapping[str, str] = dict(request.query_params)
    session = sessions.get(query.get("session"))
    try:
        language = read_language(query.get("lang"))
    except SpecError as error:
        return PlainTextResponse(sentence(error, LANGUAGES[0]), status_code=422)
    if session is None:
        return PlainTextResponse(text("session.lost", language), status_code=404)
    state = session.jobs.states().get(KIND)
    if state is None or not isinstance(state.result, Film):
        return Response(status_code=204)
    film = state.result
    headers = {"Content-Disposition": f'attachment; filename="{film.name}"'}
    return Response(film.data, media_type=film.media_type, headers=headers)


def _response(sessions: Sessions, request: Request, kind: str) -> Response:
    query: Mapping[str, str] = dict(request.query_params)
    session = sessions.get(query.get("session"))
    language = LANGUAGES[0]
    try:
        language = read_language(query.get("lang"))
        if session is None:
            return PlainTextResponse(text("session.lost", language), status_code=404)
        check_layers(session.spec, "download")
        recording, step, experiment = _experiment(session, query)
    except SpecError as error:
        return PlainTextResponse(sentence(error, language), status_code=422)
    snapshot = experiment.snapshot
    if kind == "zip":
        named = shown_text(snapshot, language)
        data = experiment_zip(experiment, f"Cellscope: {named}", _run(recording, step))
    else:
        data = weights_safetensors(snapshot)
    name = f"cellscope-step-{snapshot.shown_step}.{kind}"
    return Response(
        data,
        media_type="application/zip" if kind == "zip" else "application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _experiment(session: Session, query: Mapping[str, str]) -> tuple[Recording, int, Experiment]:
    """The run that the page shows, the step as far as it shows it, and one network's part of it."""
    which = read_which(query.get("which"))
    recorder = session.trainer.recorder
    shown = session.latest
    if "step" in query:
        found = recalled(session, query.get("run"), query["step"])
        if found is None:
            runs = ", ".join(str(branch.run) for branch in recorder.branches)
            raise SpecError("run", "choice", query.get("run"), choices=runs)
        shown = found
    recording = recorder.find(shown.run) or recorder.now
    network = 1 if which == "b" and shown.other is not None else 0
    snapshot = shown.of(which)
    changes = recording.way(network, snapshot.step).changes
    last = max(one.step for one in (shown, shown.other) if one is not None)  # one may have ended
    return recording, last, Experiment(changes, snapshot)


def _run(recording: Recording, step: int) -> bytes | None:
    """The run up to there; None if too much was drawn on its way for a file."""
    try:
        return run_file(recording, step)
    except SpecError:
        return None
