"""Hearing: what the page says goes to the handler of its kind."""

from collections.abc import Callable, Coroutine
from typing import Any

from cellscope.app.features.change import dialogue as changing
from cellscope.app.features.network import dialogue as handling
from cellscope.app.features.own_network import dialogue as opening
from cellscope.app.features.sheet import feed as lessons
from cellscope.app.features.signal import job_messages as working
from cellscope.app.features.sweep import dialogue as sweeping
from cellscope.app.features.take_along import dialogue as filming
from cellscope.app.features.time import dialogue as timing
from cellscope.app.features.undo import dialogue as undoing
from cellscope.app.hall import presenting
from cellscope.app.stream import dragging, queries, tab_feeds, view_messages
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message, receive
from cellscope.model.spec import SpecError

Handler = Callable[[Pools, Viewer, Message], Coroutine[Any, Any, None]]
HANDLERS: dict[str, Handler] = {
    "next": view_messages.next_frame,
    "view": view_messages.look,
    "sharp": view_messages.sharpen,
    "visible": view_messages.show_or_hide,
    "clock": view_messages.tell_the_time,
    "packs": view_messages.pack,
    "drag": dragging.drag,
    "inspect": queries.inspect_point,
    "line": queries.measure_line,
    "batch": queries.show_batch,
    "draws": queries.count_draws,
    "pair": tab_feeds.find_pair,
    "sweep-plan": sweeping.plan_sweep,
    "sweep-start": sweeping.start_sweep,
    "sweep-cancel": sweeping.cancel_sweep,
    "average-start": working.start_average,
    "average-cancel": working.cancel_average,
    "deeper-start": working.start_deeper,
    "deeper-cancel": working.cancel_deeper,
    "sheet": lessons.open_question,
    "recording-start": filming.start_recording,
    "recording-cancel": filming.cancel_recording,
    "plane": opening.choose_plane,
    "close-network": opening.close_network,
    "time": timing.look_at,
    "time-waits": timing.choose_waiting,
    "then-now": timing.pair_up,
    "train-on": timing.train_on,
    "stop-at": timing.stop_at,
    "change-steps": changing.show_steps,
    "change-run": changing.show_run,
    "present": presenting.present,
    "room-end": presenting.end,
    "show-mine": presenting.show_mine,
    "delete": presenting.delete,
    "room-question": presenting.put_question,
    "room-sample": presenting.take_sample,
    "room-give": presenting.hand_over,
    "room-take": presenting.take_over,
    "unit": handling.point_at,
    "edit": handling.edit,
    "undo": undoing.undo,
    "redo": undoing.redo,
}


async def attend(pools: Pools, viewer: Viewer) -> None:
    """Hear one viewer until it leaves."""
    while not viewer.session.closed:
        if not viewer.patience.take():
            await viewer.socket.send_text(problem_message(SpecError("message", "too_often", "")))
            await viewer.patience.wait()
        message = await receive(viewer.socket)
        viewer.session.spoke = True
        kind = None if message is None else message.get("type")
        handler = HANDLERS.get(kind) if isinstance(kind, str) else None
        if message is None:
            await viewer.socket.send_text(problem_message(SpecError("message", "object", "")))
        elif handler is None:
            await viewer.socket.send_text(problem_message(SpecError("message", "message", kind)))
        else:
            await handler(pools, viewer, message)
