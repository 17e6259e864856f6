"""What the experiment is set to, told to everyone who looks at it: several pages may share one."""

from cellscope.app.session.intents import plain_settings
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.feeds import Feed, Wanted, said
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import as_json

SOON_S = 0.1


def _settings(_pools: Pools, viewer: Viewer) -> Wanted | None:
    session, revision = viewer.session, viewer.session.revision
    if revision == viewer.welcomed:
        return None
    message = as_json(
        type="settings",
        revision=revision,
        mark=session.mark,
        settings=plain_settings(session.spec, session.speed, session.differences),
        readouts=readouts(session.spec, viewer.language),
    )
    return Wanted(revision, lambda: said(message))


SETTINGS = Feed(wanted=_settings, period=lambda viewer: SOON_S)
