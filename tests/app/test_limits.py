"""What one server lets an experiment take, and all of them together; at a limit it is said."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cellscope.app.cli import main
from cellscope.app.cli.commands import build_parser
from cellscope.app.cli.serve import LIMITS_MEMORY_MB, LIMITS_PARAMETERS, read_limits
from cellscope.app.session import memory
from cellscope.app.session.memory import default_mb, resident
from cellscope.app.session.sessions import Limits
from cellscope.app.settings.presets import PRESETS
from cellscope.model.spec import Spec, SpecError, limit_parameters
from tests.app.conftest import PATIENCE_S, connect, in_loop, opened, press_play, served
from tests.app.conftest import Page as Tab

NAMES = ("max_parameters", "max_steps_per_second", "max_memory_mb", "max_upload_mb")


@pytest.fixture
def small_networks() -> Iterator[None]:
    limit_parameters(LIMITS_PARAMETERS[0])
    yield
    limit_parameters()


@pytest.mark.usefixtures("small_networks")
def test_a_network_above_the_servers_limit_is_refused_by_name_and_number():
    for preset in PRESETS.values():
        assert 1.5 * preset.spec.parameters < LIMITS_PARAMETERS[0], "the sheet fits"
    with pytest.raises(SpecError) as refused:
        Spec(width=200, depth=4)
    assert (refused.value.field, refused.value.rule) == ("width", "parameters")
    assert refused.value.limits["high"] == LIMITS_PARAMETERS[0]

    async def story() -> None:
        with served() as server:
            async with opened(server, "?width=200&depth=4") as (_, welcome):
                (problem,) = welcome["problems"]
                assert "50\u202f000" in problem["messages"]["en"]

    in_loop(story())


def test_no_experiment_trains_faster_than_it_may():
    async def story() -> None:
        with served(Limits(sessions=5, steps_per_second=40.0)) as server:
            async with opened(server, "?speed=max") as (page, welcome):
                await press_play(server, welcome["session"])
                while (head := (await page.frame())[0])["step"] < 1:
                    pass
                begun, first = time.monotonic(), head["step"]
                await asyncio.sleep(1.5)
                steps = (await page.frame())[0]["step"] - first
                assert 0 < steps <= 40.0 * (time.monotonic() - begun) + 12  # 0.25 s are made up for

    in_loop(story())


def test_where_memory_is_short_no_experiment_begins_and_it_is_said():
    async def story() -> None:
        with served(Limits(sessions=5, memory_mb=1)) as server:
            async with connect(f"ws://127.0.0.1:{server.port}/stream") as socket:
                page = Tab(socket)
                await page.say(type="hello", session=None, query="")
                said = await page.hear("full")
                assert (said["limit"], said["why"]) == (1, "memory")

    in_loop(story())


def test_a_larger_upload_than_the_server_takes_is_refused_by_its_size():
    async def story() -> None:
        with served(Limits(sessions=5, upload_mb=1)) as server:
            async with opened(server) as (_, welcome):
                body, query = b"1,2\n" * 300_000, {"session": welcome["session"]}
                async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as http:
                    table = query | {"kind": "file", "name": "x.csv"}
                    for route, asked in (("/own-data", table), ("/open", query)):
                        answer = await http.post(route, params=asked, content=body)
                        assert "1 MiB" in answer.json()["problem"]["en"], route

    in_loop(story())


def test_limits_come_from_options_variables_and_defaults(monkeypatch: pytest.MonkeyPatch):
    parse = build_parser().parse_args
    limits = read_limits(parse(["serve"]))
    assert (limits.steps_per_second, limits.upload_mb) == (None, 32)
    assert limits.memory_mb == default_mb()
    monkeypatch.setenv("CELLSCOPE_MAX_MEMORY_MB", "3000")
    monkeypatch.setenv("CELLSCOPE_MAX_STEPS_PER_SECOND", "500")
    limits = read_limits(parse(["serve", "--max-steps-per-second", "90", "--max-upload-mb", "2"]))
    assert (limits.memory_mb, limits.steps_per_second, limits.upload_mb) == (3000, 90.0, 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["0", "", "x", "-3", "1e3", "99999999999"])
def test_a_limit_that_is_none_is_named(
    name: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORT", "0")
    assert main(["serve", f"--{name.replace('_', '-')}={value}"]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert name.replace("_", "-") in said


def test_a_containers_memory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "CGROUPS", (str(tmp_path / "none"), str(limit)))
    machine = default_mb()
    limit.write_text("max\n")  # a container without a limit
    assert default_mb() == machine
    limit.write_text(f"{2**30}\n")
    assert default_mb() == 819
    assert 10 * memory.MIB < resident() < LIMITS_MEMORY_MB[1] * memory.MIB
