"""Whether experiments are written down: a page is told when they can't be, and when they can."""

from cellscope.app.session.keeping import Keeping
from cellscope.app.stream.feeds import Feed, Wanted, said
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import as_json

LOOK_S = 0.5


def storing(keeping: Keeping | None) -> Feed:
    """Tell it whenever it is another; nothing, where nothing is stored."""

    def wanted(_pools: Pools, _viewer: Viewer) -> Wanted | None:
        problem = "" if keeping is None else keeping.problem
        return Wanted(problem, lambda: said(as_json(type="storing", problem=problem)))

    return Feed(wanted=wanted, period=lambda viewer: LOOK_S, first="")
