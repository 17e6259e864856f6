"""What comes before Dash: callback bodies are checked here, since Dash answers bad ones with 500.

A body that is no callback request is a 4xx with one clear line. The *values* in a well-formed one
are the callbacks' to check.
"""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CALLBACK_PATH = "/_dash-update-component"
LONGEST_BODY = 256 * 1024  # bytes; the page's own are about 1 kB


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
        if scope["type"] != "http" or scope["path"] != CALLBACK_PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            body = await _read(Request(scope, receive))
            check_body(body, declared_callbacks(self.dash_app))
        except BadBody as bad:
            response = JSONResponse({"error": str(bad)}, status_code=bad.status)
            await response(scope, receive, send)
            return

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise BadBody(413, f"the body is longer than {LONGEST_BODY} bytes")
    return bytes(body)


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
        return json.loads(body, parse_constant=refuse)
    except BadBody:
        raise
    except (ValueError, RecursionError):
        raise BadBody(400, "the body is not JSON") from None


def _check_items(request: dict[str, Any], key: str, names: list[str]) -> None:
    items = request.get(key, [])
    if not isinstance(items, list) or len(items) != len(names):
        raise BadBody(400, f"{key} must be the {len(names)} that the callback takes")
    for item, name in zip(items, names, strict=True):
        if not isinstance(item, dict) or f"{item.get('id')}.{item.get('property')}" != name:
            raise BadBody(400, f"{key} must be the {len(names)} that the callback takes")


def _check_outputs(request: dict[str, Any], output: str) -> None:
    """`outputs` repeats the callback's name, taken apart: Dash believes it, so it must agree."""
    outputs = request.get("outputs")
    items: list[Any] = outputs if isinstance(outputs, list) else [outputs]
    names: list[str] = []
    for item in items:
        if not isinstance(item, dict) or set(item) != {"id", "property"}:
            raise BadBody(400, "outputs must be objects with id and property")
        names.append(f"{item['id']}.{item['property']}")
    expected = output.strip(".").split("...")
    if names != [name.split("@")[0] for name in expected] and names != expected:
        raise BadBody(400, "outputs must be those of the callback")
