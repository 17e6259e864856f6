"""`GET /plotly-3d.js`: Plotly with its charts in space, as the installed package has it."""

from pathlib import Path

import plotly
from starlette.responses import FileResponse

BUNDLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def plotly_3d() -> FileResponse:
    """Some 5 MB, for whoever opens the tab of the surface."""
    kept = {"Cache-Control": "public, max-age=86400"}
    return FileResponse(BUNDLE, media_type="text/javascript", headers=kept)
