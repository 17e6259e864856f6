"""What the page's frame says of its scripts, so that they come early, once, and not again.

The large page has its modules in bundles. The small ones load theirs one by one; these import each
other by plain names, and an import map gives each its version, so that a browser may keep it.
"""

import json
import re
from pathlib import Path

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cellscope.app.server.bundles import ASSETS, EARLY, PAGE, STYLE, address, bundles

# Named by ourselves: what runs before all else, and what bundles hold.
OURS = r"\.mjs$|\.css$|^00-language\.js$"
FIRST = "00-language.js"
VENDOR = "vendor"  # files of others that Dash is not to load by itself
HALL = "hall"  # what the small page of a room loads
# Dash asks for Plotly's full bundle (4.8 MB, maps and 3-D included) at this address; the page needs
# its Cartesian one (1.5 MB), of the version that the Python package has.
PLOTLY_ADDRESS = "/_dash-component-suites/plotly/package_data/plotly.min.js"
PLOTLY = ASSETS / VENDOR / "plotly-cartesian-4.1.1.min.js"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def plotly() -> Response:
    """Plotly for the axes and charts."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": ASK_AGAIN})


async def bundle(request: Request) -> Response:
    """A bundle of the page's modules or style sheets."""
    name = request.url.path.removeprefix("/assets/")
    kind = "text/css" if name == STYLE else "text/javascript"
    return Response(bundles()[name], media_type=kind)


def script_tags() -> str:
    """What is fetched from the first moment on, in the order in which it is needed."""
    tags = [
        f'<script src="{_versioned(ASSETS / FIRST)}"></script>',
        f'<script type="module" async src="{address(EARLY)}"></script>',
        f'<link rel="stylesheet" href="{address(STYLE)}">',
        f'<script type="module" fetchpriority="low" src="{address(PAGE)}"></script>',
        f'<link rel="preload" as="script" href=".{PLOTLY_ADDRESS}" fetchpriority="low">',
    ]
    return "".join(tags)


def import_map() -> str:
    """Module -> its address with a version, as JSON."""
    return json.dumps({"imports": _versions()})


def _versions() -> dict[str, str]:
    modules = sorted((ASSETS / "modules").rglob("*.mjs"))
    return {_below(path): _versioned(path) for path in modules}


def without_needless(tags: str) -> str:
    """Dash's page without its tables, of which there are none, and without its polyfill.

    Browsers of 2019 and later take 0.3 s to find that they lack nothing of that.
    """
    return re.sub(r'<script src="[^"]*/(polyfill@|dash_table/)[^"]*"></script>', "", tags)


def relative(tags: str) -> str:
    """Addresses of this server as seen from the page: it may be found below a path."""
    return re.sub(r'((?:src|href)=")/(?!/)', r"\1./", tags)


def _versioned(path: Path) -> str:
    return f"{_below(path)}?m={path.stat().st_mtime_ns}"


def _below(path: Path) -> str:
    return f"./assets/{path.relative_to(ASSETS).as_posix()}"


async def keep_or_ask(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """What carries its version in its address is kept; other assets are asked for again."""
    response = await call_next(request)
    if request.url.path.startswith("/assets/"):
        known = response.status_code == 200 and "m" in request.query_params
        response.headers["Cache-Control"] = FOREVER if known else ASK_AGAIN
    return response
