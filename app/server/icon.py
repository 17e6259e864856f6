"""The page's icon: seven cells of a plane (`tools/make_icon.py`), instead of Dash's own."""

from starlette.responses import FileResponse

from cellscope.app.server.bundles import ASSETS

# Where Dash has its own, and where browsers look for that of a page which names none.
ICON_ADDRESSES = ("/_favicon.ico", "/favicon.ico")
A_DAY = "public, max-age=86400"


def icon() -> FileResponse:
    return FileResponse(
        ASSETS / "icon.ico", media_type="image/x-icon", headers={"Cache-Control": A_DAY}
    )
