"""The notebooks in examples/ run from their first cell to their last and show what they promise."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))
pytestmark = pytest.mark.long


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_its_cells(path: Path):
    notebook: Any = nbformat.read(path, as_version=4)  # pyright: ignore[reportUnknownMemberType]
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output["data"] for output in outputs if "data" in output]
    pictures = [data for data in shown if "application/vnd.plotly.v1+json" in data]
    assert pictures
    assert all("image/png" in data for data in pictures)  # it survives where Plotly is not drawn


def test_a_widget_s_messages_are_heard_while_a_cell_runs_its_loop():
    code = """
import time, torch, cellscope
from torch import nn
model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
live = cellscope.watch(model)
live._repr_mimebundle_()
comm = live._widget.shown.comm
print(comm.comm_id, flush=True)
heard, began = False, time.monotonic()
while time.monotonic() - began < 60 and not heard:
    heard = live._window == (-1.0, 1.0, -1.0, 1.0)
    time.sleep(0.02)
live.close()
print("heard" if heard else "in vain")
"""
    notebook: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])  # pyright: ignore[reportUnknownMemberType]
    client: Any = NotebookClient(notebook, timeout=120, kernel_name="python3")
    said: list[str] = []

    def output(cell: Any, cell_index: int, msg: Any = None, **_: Any) -> None:
        del cell, cell_index
        if not msg or msg["msg_type"] != "stream":
            return
        said.append(msg["content"]["text"])
        if len(said) == 1:  # the loop runs now
            look = {"type": "look", "window": [-1, 1, -1, 1]}
            content = {
                "comm_id": said[0].split()[0],
                "data": {"method": "custom", "content": look},
            }
            client.kc.shell_channel.send(client.kc.session.msg("comm_msg", content))

    original = client.process_message

    def process(msg: Any, cell: Any, cell_index: int) -> Any:
        output(cell, cell_index, msg)
        return original(msg, cell, cell_index)

    client.process_message = process
    client.execute()
    assert "heard" in json.dumps(said)
    assert "in vain" not in json.dumps(said)
