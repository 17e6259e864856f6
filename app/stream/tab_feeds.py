"""What is shown of the newest state beside the picture, made only while it is seen."""

import json
from collections.abc import Callable
from dataclasses import replace

from cellscope.app.features.change.message import change_message
from cellscope.app.features.counts.message import counts_message
from cellscope.app.features.linear_map.message import collapse_study
from cellscope.app.features.picture.film_strip import encode_survey
from cellscope.app.features.picture.story import stories
from cellscope.app.features.power_diagram.message import pair_study, voronoi_study
from cellscope.app.features.surface.message import surface_study
from cellscope.app.stream.feeds import Feed, Wanted, said, with_the_charts
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, is_number, problem_message
from cellscope.model import warm
from cellscope.model.cells.count.count_history import recorded_survey
from cellscope.model.cells.power.diagram import is_whole
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS

STUDY_SHARE = 0.12  # of one core
STUDIES: dict[str, Callable[[Snapshot, StudyRequest], bytes]] = {
    "collapse": collapse_study,
    "voronoi": voronoi_study,
    "surface": surface_study,
}


def _survey(pools: Pools, viewer: Viewer) -> Wanted | None:
    """The film strip, the counts beside it, and what has happened."""
    if not (viewer.visible and warm.done()):
        return None
    snapshot, view = viewer.shown, replace(viewer.view, pixels=SHEET_PIXELS)
    which, language, side = viewer.which, viewer.language, viewer.strip
    shown, record = snapshot.of(which), viewer.record
    key = ("survey", snapshot.version, which, view, language, side, record.beginnings)

    def work() -> bytes:
        name = "" if snapshot.other is None else which.upper()
        found = recorded_survey(shown, view, record, side)
        story = stories(shown, view, record, language, found.layers)
        return encode_survey(shown, found, language, name, story=story)

    return Wanted(
        key, lambda: viewer.session.frames.get(key, pools.surveys.of(viewer.session.id), work)
    )


def _study(pools: Pools, viewer: Viewer) -> Wanted | None:
    """Of the tab that is open."""
    study = STUDIES.get(viewer.tab)
    if study is None or not (viewer.visible and warm.done()):
        return None
    snapshot, looking = viewer.shown.of(viewer.which), study_request(viewer)
    if viewer.tab in ("collapse", "surface") or is_whole(
        snapshot, looking.view
    ):  # whatever the point
        looking = replace(looking, anchor=None)
    key = ("study", viewer.tab, snapshot.version, looking)
    frames, pool = viewer.session.frames, pools.surveys.of(viewer.session.id)
    return Wanted(key, lambda: frames.get(key, pool, lambda: study(snapshot, looking)))


RECORDED = {"cells": counts_message, "training": change_message}  # of the run so far


def _recorded(_pools: Pools, viewer: Viewer) -> Wanted | None:
    """The chart of what surveys found over the run: of a new step, view, theme or language."""
    made = RECORDED.get(viewer.tab)
    if made is None or not viewer.visible:
        return None
    which, record = viewer.which, viewer.record
    snapshot, view = viewer.shown.of(which), study_request(viewer).view
    theme, language = viewer.theme, viewer.language
    key = (made, which, record.version, snapshot.run, snapshot.shown_step, view, theme, language)
    return Wanted(key, lambda: said(json.dumps(made(snapshot, view, record, theme, language))))


SURVEY = Feed(wanted=_survey, share=STUDY_SHARE)
STUDY = Feed(wanted=_study, share=STUDY_SHARE)
RECORDS = Feed(wanted=_recorded, period=with_the_charts)


async def find_pair(pools: Pools, viewer: Viewer, message: Message) -> None:
    """The two neighbouring cells at a point of the picture; from now on it is the one looked at."""
    x, y = message.get("x"), message.get("y")
    if not (is_number(x) and is_number(y)):
        await viewer.socket.send_text(problem_message(SpecError("x, y", "two_numbers", (x, y))))
        return
    viewer.anchor = float(x), float(y)
    snapshot, looking = viewer.shown.of(viewer.which), study_request(viewer)

    def work() -> str:
        return json.dumps(pair_study(snapshot, looking))

    await viewer.socket.send_text(await pools.pictures.make(viewer.session.id, work))


def study_request(viewer: Viewer) -> StudyRequest:
    """What a study of this viewer depends on, beside the snapshot."""
    view = replace(viewer.view, pixels=SHEET_PIXELS, lines=False)  # studies have their own
    key = hash((viewer.session.id, viewer.which))
    return StudyRequest(view, viewer.anchor, viewer.language, key)
