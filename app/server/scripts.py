"""What the page's frame says of its scripts, so that they come early, once, and not again.

Modules import each other by plain names; an import map gives each its version, so that a browser
may keep it for good, and all are asked for at once instead of each after the one that imports it.
"""

import json
import re
from pathlib import Path

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import FileResponse, Response

ASSETS = Path(__file__).parents[2] / "assets"
# Named by ourselves: what runs before all else, and what main.mjs loads in its own order.
OURS = r"(?<!main)\.mjs$|^00-language\.js$"
FIRST = "00-language.js"
EARLY = "modules/shell/early.mjs"
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


def script_tags() -> str:
    """The import map of all modules, and what is to be fetched from the first moment on."""
    tags = [
        f'<script src="{_versioned(ASSETS / FIRST)}"></script>',
        f'<script type="importmap">{import_map()}</script>',
        f'<script type="module" async src="{_versioned(ASSETS / EARLY)}"></script>',
        f'<link rel="preload" as="script" href=".{PLOTLY_ADDRESS}" fetchpriority="low">',
        *map(_preload, _versions().values()),
    ]
    return "".join(tags)


def _preload(address: str) -> str:
    """First the socket's modules, then Dash's scripts, which build the page, then the others."""
    later = "" if "/modules/core/" in address else ' fetchpriority="low"'
    return f'<link rel="modulepreload" href="{address}"{later}>'


def import_map() -> str:
    """Module -> its address with a version, as JSON."""
    return json.dumps({"imports": _versions()})


def _versions() -> dict[str, str]:
    modules = sorted((ASSETS / "modules").rglob("*.mjs"))  # Dash names main.mjs, with a version
    return {_address(path): _versioned(path) for path in modules}


def without_polyfill(tags: str) -> str:
    """Dash's page without what browsers of before 2019 lack: it takes others 0.3 s to find that."""
    return re.sub(r'<script src="[^"]*/polyfill@[^"]*"></script>', "", tags)


def relative(tags: str) -> str:
    """Addresses of this server as seen from the page: it may be found below a path."""
    return re.sub(r'((?:src|href)=")/(?!/)', r"\1./", tags)


def _versioned(path: Path) -> str:
    return f"{_address(path)}?m={path.stat().st_mtime_ns}"


def _address(path: Path) -> str:
    return f"./assets/{path.relative_to(ASSETS).as_posix()}"


async def keep_or_ask(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """What carries its version in its address is kept; other assets are asked for again."""
    response = await call_next(request)
    if request.url.path.startswith("/assets/"):
        known = response.status_code == 200 and "m" in request.query_params
        response.headers["Cache-Control"] = FOREVER if known else ASK_AGAIN
    return response
