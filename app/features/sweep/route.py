"""`GET /export/sweep.csv?session=…`: the table of the session's newest sweep, as far as it is."""

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from cellscope.app.features.sweep.sweeps import KIND, Sweep
from cellscope.app.session.sessions import Sessions
from cellscope.app.text.texts import text
from cellscope.model.sweeps.table import csv_table


def sweep_response(sessions: Sessions, request: Request) -> Response:
    """The file, or one line that says why there is none. Runs in a worker thread."""
    query: Mapping[str, str] = dict(request.query_params)
    session = sessions.get(query.get("session"))
    if session is None:
        return PlainTextResponse(text("session.lost"), status_code=404)
    state = session.jobs.states().get(KIND)
    if state is None or not isinstance(state.result, Sweep):
        return PlainTextResponse(text("sweep.none"), status_code=404)
    sweep = state.result
    axes = "-".join(axis.field for axis in sweep.plan.axes)
    return Response(
        csv_table(sweep.plan, sweep.networks),
        media_type="text/csv; header=present",
        headers={"Content-Disposition": f'attachment; filename="cellscope-sweep-{axes}.csv"'},
    )
