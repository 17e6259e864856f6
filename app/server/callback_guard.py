"""What comes before Dash: callback bodies are checked here, since Dash answers bad ones with 500.

A body that is no callback request is a 4xx with one clear line. The *values* in a well-formed one
are the callbacks' to check. Packages' files that there are not are a 404, for the same reason.
"""

import json
from typing import Any

from dash.fingerprint import check_fingerprint
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellscope.app.server.request_bodies import read_body

CALLBACK_PATH = "/_dash-update-component"
SUITES_PATH = "/_dash-component-suites/"
LONGEST_BODY = 256 * 1024  # bytes; the page's own are about 1 kB
DEEPEST = 32  # lists and objects within each other; Python's own limit depends on the caller
KEYS = {"output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds"}


class BadBody(ValueError):
    """Why a body is refused: (status, sentence)."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class CallbackGuard:
    """ASGI middleware. `dash_app` tells which callbacks there are."""

    def __init__(self, app: ASGIApp, dash_app: Any) -> None:
        self.app = app
        self.dash_app = dash_app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything but what is refused."""
        path = scope.get("path", "")
        if scope["type"] == "http" and not _may_exist(path, self.dash_app.registered_paths):
            await _answer(404, "there is no such file")(scope, receive, send)
            return
        if scope["type"] != "http" or path != CALLBACK_PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            request = Request(scope, receive)
            _check_type(request)
            body = await _read(request)
            check_body(body, declared_callbacks(self.dash_app))
        except BadBody as bad:
            await _answer(bad.status, str(bad))(scope, receive, send)
            return
        except TimeoutError:
            await _answer(408, "the body did not arrive")(scope, receive, send)
            return
        except ClientDisconnect:  # nobody hears it, but what is around this waits for an answer
            await _answer(400, "the body was cut short")(scope, receive, send)
            return
        unread = [body]

        async def replay() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return await receive()

        await self.app(scope, replay, send)


def _answer(status: int, why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status_code=status)


def _may_exist(path: str, registered: dict[str, set[str]]) -> bool:
    """False for a package's file that the package does not register."""
    if not path.startswith(SUITES_PATH):
        return True
    package, _, file = path.removeprefix(SUITES_PATH).partition("/")
    return check_fingerprint(file)[0] in registered.get(package, ())


def _check_type(request: Request) -> None:
    """Dash reads a body only of exactly this type; others need no permission across origins."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise BadBody(415, "the body must be application/json")


async def _read(request: Request) -> bytes:
    body = await read_body(request, LONGEST_BODY)
    if body is None:
        raise BadBody(413, f"the body is longer than {LONGEST_BODY} bytes")
    return body


Declared = dict[str, tuple[list[str], list[str]]]  # output -> ("id.property" inputs, states)


def declared_callbacks(dash_app: Any) -> Declared:
    """What the page's callbacks take, by the output they are named after."""
    return {
        entry["output"]: (
            [f"{item['id']}.{item['property']}" for item in entry["inputs"]],
            [f"{item['id']}.{item['property']}" for item in entry["state"]],
        )
        for entry in dash_app._callback_list
        if entry["clientside_function"] is None
    }


def check_body(body: bytes, declared: Declared) -> None:
    """`BadBody` unless this is a request that one of the declared callbacks can take."""
    request = _parse(body)
    if not isinstance(request, dict):
        raise BadBody(400, "the body must be a JSON object")
    unknown = [key for key in request if key not in KEYS]
    if unknown:
        raise BadBody(400, f"the body has keys that no callback takes, such as {unknown[0][:40]!r}")
    output = request.get("output")
    if not isinstance(output, str) or output not in declared:
        raise BadBody(400, "output must name a callback of this page")
    inputs, states = declared[output]
    _check_items(request, "inputs", inputs)
    _check_items(request, "state", states)
    _check_outputs(request, output)
    changed = request.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(name in inputs for name in changed):
        raise BadBody(400, "changedPropIds must name inputs of the callback")


def _parse(body: bytes) -> Any:
    def refuse(constant: str) -> Any:
        raise BadBody(400, f"{constant} is not JSON")

    try:
        parsed = json.loads(body, parse_constant=refuse)
    except BadBody:
        raise
    except (ValueError, RecursionError):
        raise BadBody(400, "the body is not JSON") from None
    level = [parsed]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise BadBody(400, f"the body is nested more than {DEEPEST} deep")
    return parsed


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_items(request: dict[str, Any], key: str, names: list[str]) -> None:
    items = request.get(key, [])
    if not isinstance(items, list) or [_name(item) for item in items] != names:
        raise BadBody(400, f"{key} must be the {len(names)} that the callback takes")


def _name(item: Any) -> str | None:
    """An item's "id.property", where it has both."""
    if not isinstance(item, dict):
        return None
    parts = (item.get("id"), item.get("property"))
    return ".".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None


def _check_outputs(request: dict[str, Any], output: str) -> None:
    """`outputs` repeats the callback's name, taken apart: Dash believes it, so it must agree."""
    outputs = request.get("outputs")
    several = output.startswith("..")
    if isinstance(outputs, list) != several:
        raise BadBody(400, "outputs must be those of the callback")
    names = [_name(item) for item in (outputs if isinstance(outputs, list) else [outputs])]
    expected = output.strip(".").split("...")
    if names != [name.split("@")[0] for name in expected] and names != expected:
        raise BadBody(400, "outputs must be those of the callback")
