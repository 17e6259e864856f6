"""`cellscope.watch`: a page on one's own loop, and nothing left behind."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
import warnings
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import torch
from torch import nn

from cellscope.app.own.cells import cells
from cellscope.app.own.watch import Watch, watch
from cellscope.model.own.moments import layer_moments as moments


def network(seed: int = 0, inputs: int = 2) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(inputs, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2)
    )


def ask(live: Watch, path: str, **head: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(live.url + path, headers=head)
    if path in ("hold", "go"):
        request.method = "POST"
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers, answer.read()


def frame(live: Watch, after: int = 0, layer: int = 0) -> tuple[int, dict[str, Any], bytes]:
    for _ in range(40):  # the kernels may have to be compiled before the first one
        status, head, image = ask(live, f"frame?after={after}&layer={layer}")
        if status == 200:
            break
    else:
        pytest.fail("no picture")
    return int(head["X-Frame"]), json.loads(head["X-About"]), image


def refused(live: Watch, path: str, **head: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(live, path, **head)
    with caught.value as answer:  # it holds its connection
        return answer.code


def test_the_page_shows_the_cells_of_the_step_it_names() -> None:
    module = network()
    with watch(module, window=(-3, 3, -3, 3)) as live:
        number, about, image = frame(live)
        first = cells(module, window=(-3, 3, -3, 3))
        assert image.startswith(b"\x89PNG")
        assert about["step"] == 0
        assert about["linear_regions"] == first.linear_regions
        with torch.no_grad():
            for value in module.parameters():
                value.mul_(1.5).add_(0.1)
        live.step(loss=torch.tensor(0.5), accuracy=0.75)
        number, about, _ = frame(live, number)
        changed = cells(module, window=(-3, 3, -3, 3))
        assert about["step"] == 1
        assert about["linear_regions"] == changed.linear_regions != first.linear_regions
        assert about["patterns"] == changed.patterns
        assert about["loss"] == [[1, 0.5]]
        assert about["metrics"] == {"accuracy": 0.75}
        _, about, _ = frame(live, number, 1)  # another layer of the same step
        assert (about["step"], about["layer"]) == (1, 1)
        assert about["patterns"] == cells(module, window=(-3, 3, -3, 3), layer=1).patterns


def test_hold_stops_the_loop_at_its_next_step_and_go_lets_it_on() -> None:
    with watch(network()) as live:
        steps: list[int] = []

        def loop() -> None:
            for step in range(1, 4):
                live.step()
                steps.append(step)
                time.sleep(0.02)

        ask(live, "hold", **{"X-Cellscope": "1"})
        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.4)
        assert steps == []
        assert frame(live)[1]["held"]
        ask(live, "go", **{"X-Cellscope": "1"})
        thread.join(10)
        assert steps == [1, 2, 3]


def broken_loop(live: Watch, error: type[BaseException]) -> None:
    with live:
        frame(live)
        live.step(1.0)
        raise error


def test_nothing_is_left_behind_whatever_ends_the_loop() -> None:
    def state() -> tuple[Any, ...]:
        return (
            torch.get_num_threads(), torch.get_default_dtype(), list(warnings.filters),
            torch.random.get_rng_state().tolist(),
        )  # fmt: skip

    module = network()
    before, threads = state(), set(threading.enumerate())
    for error in (ValueError, KeyboardInterrupt):
        live = watch(module)
        with pytest.raises(error):
            broken_loop(live, error)
        with pytest.raises(urllib.error.URLError):
            ask(live, "")
        live.close()  # once more is nothing
        live.step(2.0)  # and a loop that goes on goes on
    assert state() == before
    assert set(threading.enumerate()) <= threads  # others' may have ended meanwhile
    assert module.training


def test_who_holds_the_loop_when_it_is_closed_does_not_keep_it() -> None:
    live = watch(network())
    ask(live, "hold", **{"X-Cellscope": "1"})
    thread = threading.Thread(target=live.step)
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive()
    live.close()
    thread.join(5)
    assert not thread.is_alive()


def test_other_sites_may_neither_look_nor_hold() -> None:
    with watch(network()) as live:
        assert refused(live, "", Host="attacker.example") == 403
        assert refused(live, "frame", Host="attacker.example:80") == 403
        assert refused(live, "hold") == 403
        assert refused(live, "nothing") == 404
        assert not live._held  # pyright: ignore[reportPrivateUsage]


def test_the_page_is_whole_in_both_languages_and_asks_no_other_host() -> None:
    with watch(network()) as live:
        for language, says in (("de-DE,de;q=0.9", "Anhalten"), ("en", "Hold"), ("fr", "Hold")):
            _, head, body = ask(live, "", **{"Accept-Language": language})
            assert says in body.decode()
            assert "TEXTS" not in body.decode()
            assert "default-src 'none'" in head["Content-Security-Policy"]
            assert b"http://" not in body
            assert b"https://" not in body


def test_after_closing_no_browser_keeps_a_connection() -> None:
    with watch(network()) as live:
        host, port = urlsplit(live.url).netloc.split(":")
        kept = http.client.HTTPConnection(host, int(port), timeout=30)
        kept.request("GET", "/")
        kept.getresponse().read()
    assert kept.sock is not None
    assert kept.sock.recv(1) == b""  # hung up
    kept.close()


def test_a_loop_that_nobody_watches_is_not_drawn() -> None:
    with watch(network()) as live:
        for _ in range(50):
            live.step(0.1)
        assert live._frame[0] == 0  # pyright: ignore[reportPrivateUsage]


def test_a_diverged_network_says_so() -> None:
    module = network()
    with watch(module) as live:
        number, _, _ = frame(live)
        with torch.no_grad():
            next(module.parameters()).fill_(float("nan"))
        live.step(float("nan"))
        _, about, image = frame(live, number)
        assert about["trouble"] == "diverged"
        assert about["loss"] == [[1, None]]
        assert image == b""


def test_data_of_more_inputs_lie_in_the_plane_of_their_components() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(0, 1, (30, 5)), rng.integers(0, 2, 30)
    with watch(network(1, 5), X, y) as live:
        start = json.loads(ask(live, "start")[2])
        x0, x1, y0, y1 = start["window"]
        assert all(x0 < x < x1 and y0 < y_ < y1 for x, y_ in start["points"])
        assert start["labels"] == y.tolist()
        assert frame(live)[1]["exact"]
        shown = live._repr_mimebundle_()  # pyright: ignore[reportPrivateUsage]
        data = shown[0] if isinstance(shown, tuple) else shown
        assert "application/vnd.jupyter.widget-view+json" in data
    assert not [t for t in threading.enumerate() if t.name.startswith("cellscope-w")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"every": 0}, "every: "),
        ({"y": [1]}, "y: labels need"),
        ({"X": [[1.0, 2.0]], "y": [1, 2]}, "y: 2 labels of 1"),
        ({"X": [1.0]}, "X: must be"),
        ({"window": (1, 0, 0, 1)}, "window: "),
        ({"port": 70_000}, "port: 70000"),
        ({"port": True}, "port: must be a whole number"),
        ({"X": [[1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [5.0, 0.0, 1.0]]}, "X: the network takes no"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        watch(network(), **arguments)


def test_a_loss_that_is_no_number_is_an_error_of_the_loop() -> None:
    with watch(network()) as live:
        for wrong in ("low", 10**400, torch.tensor(1j), torch.tensor(1.0, device="meta")):
            with pytest.raises(ValueError, match="loss: must be a number"):
                live.step(loss=wrong)


def test_signal_and_small_pictures_stand_beside_the_picture() -> None:
    module = network()
    X, y = torch.randn(60, 2), torch.arange(60) % 2
    with watch(module, X, y) as live:
        frame(live)
        found: dict[str, Any] = {}
        for _ in range(100):
            frame(live)
            status, _, body = ask(live, "beside?after=0")
            if status == 200:
                found = json.loads(body)
                break
            time.sleep(0.1)
        rows = moments(module, X, y)
        assert len(found["strip"]) == len(cells(module).layers)
        assert [row["variance"] for row in found["signal"]] == pytest.approx(
            [row["pre"]["variance"] for row in rows]
        )
        assert [row["delta"] for row in found["signal"]] == pytest.approx(
            [row["delta_mean_square"] for row in rows]
        )


def test_another_window_is_drawn_and_one_that_is_none_is_refused() -> None:
    with watch(network(), window=(-3, 3, -3, 3)) as live:
        number, first, _ = frame(live)
        head = {"X-Cellscope": "1"}
        request = urllib.request.Request(live.url + "look", b"[-9, 9, -9, 9]", head)
        urllib.request.urlopen(request, timeout=30).close()
        _, second, _ = frame(live, number)
        assert second["linear_regions"] > first["linear_regions"]
        assert (first["window"], second["window"]) == ([-3, 3, -3, 3], [-9, 9, -9, 9])
        bad = urllib.request.Request(live.url + "look", b"[1, 1, 0, 0]", head)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(bad, timeout=30)
        caught.value.close()
        assert caught.value.code == 422


def test_loss_and_metrics_are_of_the_step_that_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with watch(network()) as live:
        number, *_ = frame(live)
        follower: Any = live._follower  # pyright: ignore[reportPrivateUsage]
        begun, may_go_on, draw = threading.Event(), threading.Event(), follower.cells

        def slowly(*asked: Any) -> Any:
            begun.set()
            may_go_on.wait(10)
            return draw(*asked)

        monkeypatch.setattr(follower, "cells", slowly)
        live.step(1.0, accuracy=0.1)
        assert begun.wait(10)
        live.step(2.0, accuracy=0.2)  # the loop goes on meanwhile
        may_go_on.set()
        _, about, _ = frame(live, number)
        assert (about["step"], about["last"]) == (1, [1.0])
        assert about["metrics"] == {"accuracy": 0.1}


def test_a_loss_with_its_graph_is_taken_without_a_warning() -> None:
    with watch(network()) as live, warnings.catch_warnings():
        warnings.simplefilter("error")
        live.step(torch.ones((), requires_grad=True) * 2)


def test_one_number_in_brackets_is_one_and_metrics_have_any_name() -> None:
    with watch(network()) as live:
        number, *_ = frame(live)
        live.step(np.array([0.5]), self=torch.tensor([[0.25]]))
        about = frame(live, number)[1]
        assert (about["last"], about["metrics"]) == ([0.5], {"self": 0.25})


def test_a_long_loop_s_curve_stays_short_and_whole() -> None:
    """Chromium takes no header above 256 KB: the page went blank after some thousand steps."""
    with watch(network()) as live:
        for step in range(1, 12_001):
            live.step(1 / step, **{"accuracy in % of 100\r\nX-Evil": 1.0})
        status, head, _ = ask(live, "frame?after=0")
        assert status == 200
        assert len(head["X-About"]) < 20_000
        loss = json.loads(head["X-About"])["loss"]
        assert loss[-1] == [12_000, pytest.approx(1 / 12_000)]
        assert loss[0][0] < 100
        assert "X-Evil" not in head


class Doubling(nn.Module):
    """Which makes something of its weight before it is used."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(2, 6), nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.linear(x, self.first.weight * 2, self.first.bias.abs())
        return self.last(torch.relu(y))


class ByHand(nn.Module):
    """Weights that PyTorch knows nothing of: plain tensors, and a module in a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.W = torch.randn(6, 2, requires_grad=True)
        self.layers = [nn.Linear(6, 2)]
        self.best = torch.tensor(float("inf"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers[0]((x @ self.W.T).relu())


def test_weights_in_plain_attributes_and_lists_are_followed() -> None:
    torch.manual_seed(0)
    module = ByHand()
    with watch(module, window=(-3, 3, -3, 3)) as live:
        number, about, _ = frame(live)
        assert about["patterns"] == cells(module, window=(-3, 3, -3, 3)).patterns
        with torch.no_grad():
            module.W = torch.tensor([[1.0, 0.0]] * 6)
            module.layers[0].weight *= 2
        module.best = torch.tensor(1.0)
        live.step()
        _, about, _ = frame(live, number)
        assert about["patterns"] == 2


@pytest.mark.parametrize("module", [network(3), Doubling(), nn.Sequential(
    nn.Linear(2, 6), nn.BatchNorm1d(6), nn.PReLU(6), nn.Linear(6, 2))])  # fmt: skip
def test_what_is_watched_is_read_anew_where_it_must_be(module: nn.Module) -> None:
    with watch(module, window=(-3, 3, -3, 3)) as live:
        number, _, _ = frame(live)
        for step in range(1, 4):
            with torch.no_grad():
                for value in module.parameters():
                    value.add_(torch.randn_like(value))
            live.step(1.0)
            number, about, _ = frame(live, number)
            assert about["step"] == step
            own = cells(module, window=(-3, 3, -3, 3))
            assert about["linear_regions"] == own.linear_regions
            assert about["patterns"] == own.patterns


def test_a_network_of_other_parts_than_at_first_is_no_picture() -> None:
    module = network(3)
    with watch(module, window=(-3, 3, -3, 3)) as live:
        number, about, _ = frame(live)
        assert "trouble" not in about
        assert isinstance(module, nn.Sequential)
        module[1] = nn.Tanh()
        live.step()
        _, about, image = frame(live, number)
        assert (about["step"], about["trouble"], image) == (1, "failed", b"")
        assert "other parts" in about["why"]


def test_a_watch_that_begins_in_inference_mode_has_gradients_too() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    with torch.inference_mode():
        live = watch(network(3), X, (X[:, 0] > 0).astype(int))
    with live:
        frame(live)
        end = time.monotonic() + 20
        while (found := live.beside(0)) is None and time.monotonic() < end:
            live.frame(0, 0)
        assert found is not None
        assert all(row["delta"] is not None for row in found["signal"])
