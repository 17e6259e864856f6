"""What types/ declares for the page's scripts is as the server and the pages have it."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, get_args

from cellscope.app.features.sheet.table import QUESTIONS, Number
from cellscope.app.hall.votes import SHOWN_FROM, Stage, Votes
from cellscope.app.page.wording import components, properties_of
from cellscope.app.server.dash_page import Start, page_by_language
from cellscope.app.settings.links import settings_of, view_values
from cellscope.app.stream.frames import encode
from cellscope.model.cells.picture.render import draw
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.app.conftest import PATIENCE_S, Server, in_loop, opened, take_apart
from tests.script_types import faults_and_files
from tests.snapshots import started

ROOT = Path(__file__).parents[2]
DECLARED = "\n".join(path.read_text() for path in sorted((ROOT / "types").glob("*.d.ts")))
SCRIPTS = "\n".join(path.read_text() for path in sorted((ROOT / "assets").rglob("*.mjs")))
SMALL = "".join((ROOT / "app" / name).read_text() for name in ("hall/page.py", "lab/route.py"))
TAGS = {"Anchor": "a"}  # of HTMLAnchorElement; else the type's own name


def declared(interface: str) -> dict[str, str]:
    """Name -> type of what an interface says is always there."""
    (body,) = re.findall(rf"^interface {interface} \{{\n(.*?)^\}}", DECLARED, re.M | re.S)
    return dict(re.findall(r'^  "?([\w-]+)"?: (.+?);', body, re.M))


def elements() -> dict[object, str]:
    """Id -> tag, on the page and the small ones."""
    parts = components(page_by_language(Start(Spec(), View()))["en"])
    tags = {properties_of(part).get("id"): type(part).__name__.lower() for part in parts}
    return tags | {i: tag for tag, i in re.findall(r'<(\w+)[^<>]* id="([\w-]+)"', SMALL)}


def test_elements_are_what_the_scripts_take_them_for():
    shown = elements()
    taken = declared("Elements")
    assert len(taken) > 20
    for name, kind in taken.items():
        kind = kind.removeprefix("HTML").removesuffix("Element")
        assert shown[name] == TAGS.get(kind, kind.lower()), name


def test_every_element_that_a_script_names_is_on_a_page_or_made_by_a_script():
    named = set(re.findall(r'\belement\("([\w-]+)"\)', SCRIPTS))
    made = set(re.findall(r'\bid: "([\w-]+)"|\b(?:line|tool)\("([\w-]+)"', SCRIPTS))
    made_ids = {i for pair in made for i in pair} | set(declared("MadeElements"))
    steps = {f"guide-{step}" for step in re.findall(r'\bstepView\(\d, "(\w+)"', SCRIPTS)}
    there = elements().keys() | made_ids | steps
    assert named - there == set()
    assert len(named) > 150


def test_settings_and_view_are_what_the_server_sends():
    settings = settings_of(Spec(), View(), "max")
    for name, kind in declared("Settings").items():
        assert name in settings, name
        assert ("string" in kind or "|" in kind) == isinstance(settings[name], str), name
    assert set(declared("View")) == set(view_values(View())) | {"unit"}


def test_a_frame_has_what_its_header_is_said_to_have():
    snapshot, view = started(Spec(width=6, depth=3)), View(pixels=11)
    header, _ = take_apart(encode(snapshot, view, draw(snapshot, view), "en"))
    assert set(declared("FrameHeader")) == header.keys() - {"classes", "task"}


STAGES: tuple[Stage, ...] = get_args(Stage)
# Tab -> the binary message that belongs to it.
OF_TABS = {"network": "network", "voronoi": "voronoi", "collapse": "collapse", "surface": "surface"}
SAID: tuple[dict[str, Any], ...] = (
    {"type": "view", "strip": 40, "look": 1},
    {"type": "inspect", "x": 0.3, "y": 0.2, "which": "a"},
    {"type": "line", "p": [-1, 0], "q": [1, 0]},
    {"type": "pair", "x": 0.1, "y": 0.2},
    {"type": "batch"},
    {"type": "unit", "layer": 1, "unit": 2, "first": 1},
    {"type": "sheet", "question": "2.4", "prediction": None, "passed": True},
    {"type": "present", "token": None, "at": "http://127.0.0.1/"},
    {"type": "view", "layer": "none"},
    {"type": "clock", "sent": 1},
)
TEXTS = (
    "batch clock hall hands inspection line looking pair panel problem room sheet sheet-now"
    " timeline unit"
)


async def heard(server: Server) -> list[tuple[str, dict[str, Any]]]:
    """What the server says, one of each kind: the declared type, and the message."""
    found: dict[str, dict[str, Any]] = {}

    async def until(*kinds: str) -> None:
        while not found.keys() >= set(kinds):
            raw = await asyncio.wait_for(page.socket.recv(), PATIENCE_S)
            message = json.loads(raw) if isinstance(raw, str) else take_apart(raw)[0]
            of = "Messages" if isinstance(raw, str) else "BinaryHeaders"
            name = message.pop("type", None) or message["kind"]
            found.setdefault(f'{of}["{name}"]', message)

    async with opened(server, "?width=6&depth=3&layer=1") as (page, welcome):
        found['Messages["welcome"]'] = welcome
        await page.say(type="next")
        for message in SAID:
            await page.say(**message)
        await until(*(f'Messages["{kind}"]' for kind in TEXTS.split()))
        for tab, kind in OF_TABS.items():
            await page.say(type="view", tab=tab)
            await until(f'BinaryHeaders["{kind}"]')
        await until('BinaryHeaders["frame"]', 'BinaryHeaders["survey"]')
    return list(found.items())


def votes_on(name: str, stage: Stage) -> dict[str, Any]:
    """As many as are shown, all for the first choice or the least number."""
    votes = Votes(QUESTIONS[name])
    parts = votes.question.parts
    ballot = tuple(p.low if isinstance(p, Number) else p.options[0] for p in parts)
    for _ in range(SHOWN_FROM):
        votes.cast(ballot)
    votes.stage = stage
    return votes.told(None)


def test_what_the_server_says_fits_its_types(server: Server, tmp_path: Path):
    said: list[tuple[str, dict[str, Any]]] = []

    async def hear() -> None:
        said.extend(await heard(server))

    in_loop(hear())
    said += [("Votes", votes_on(name, stage)) for name in ("1.1", "2.4") for stage in STAGES]
    wrong = ('Messages["clock"]', {"sent": "1", "server": 2})
    # By a type parameter: then it may have more than is declared.
    lines = [f"(<T extends {kind}>(said: T) => said)({json.dumps(one)});" for kind, one in said]
    samples = tmp_path / "samples.ts"
    samples.write_text("\n".join([*lines, f"({wrong[1]}) satisfies {wrong[0]};"]))
    faults, _ = faults_and_files("types", samples)
    assert faults == [(str(samples), len(lines) + 1)], [said[k - 1][0] for _, k in faults]
