"""Large messages come packed to who asks for that, and are the same."""

import asyncio
import json
import zlib
from typing import Any

import pytest
from websockets.asyncio.client import connect

from cellscope.app.stream.packing import WORTH, packed
from tests.app.conftest import PATIENCE_S, Server, in_loop, take_apart


def unpacked(message: str | bytes) -> tuple[bool, str | bytes]:
    """Whether it was packed, and what was said."""
    if isinstance(message, str) or take_apart(message)[0]["kind"] != "packed":
        return False, message
    header, body = take_apart(message)
    content = zlib.decompress(body)
    return True, content.decode() if header["text"] else content


async def first_of(server: Server, kinds: set[str], **hello: Any) -> dict[str, tuple[bool, Any]]:
    """The first message of each kind: whether it came packed, and the message."""
    found: dict[str, tuple[bool, Any]] = {}
    async with connect(f"ws://127.0.0.1:{server.port}/stream", compression=None) as socket:
        query = "?width=8&depth=3&pixels=401&layer=1"
        await socket.send(json.dumps({"type": "hello", "query": query} | hello))
        await socket.send(json.dumps({"type": "next"}))
        while not kinds <= set(found):
            came = await asyncio.wait_for(socket.recv(), PATIENCE_S)
            was_packed, message = unpacked(came)
            if was_packed:
                assert len(came) < len(message)
            text = isinstance(message, str)
            kind = json.loads(message)["type"] if text else take_apart(message)[0]["kind"]
            found.setdefault(kind, (was_packed, message))
    return found


KINDS = {"welcome", "frame", "panel"}


def test_who_is_far_away_gets_large_messages_packed_and_the_same(server: Server):
    async def story() -> None:
        plain = await first_of(server, KINDS)
        far = await first_of(server, KINDS, packs=True)
        assert {kind for kind in KINDS if plain[kind][0]} == set()
        assert {kind for kind in KINDS if far[kind][0]} == {"frame", "panel"}
        here, there = (take_apart(one["frame"][1]) for one in (plain, far))
        assert there[1] == here[1]
        assert there[0]["count"] == here[0]["count"]
        said = [json.loads(one["panel"][1])["texts"] for one in (plain, far)]
        assert said[0] == said[1]

    in_loop(story())


@pytest.mark.parametrize("asked", [1, "yes", [True], None, {"a": 1}])
def test_nothing_but_true_asks_for_it(server: Server, asked: object):
    async def story() -> None:
        assert not (await first_of(server, {"frame"}, packs=asked))["frame"][0]

    in_loop(story())


def test_a_packed_message_says_what_it_is():
    for message in ("ä" * WORTH, bytes(WORTH)):
        assert unpacked(asyncio.run(packed(message))) == (True, message)
