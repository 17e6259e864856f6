"""The table of a sweep as CSV: a row for every point and seed, numbers with all their digits.

RFC 4180: comma, double quotes where needed, CRLF, one header line. What was not counted or not
measured is empty.
"""

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any

from cellscope.model.spec import FIELD_NAMES
from cellscope.model.sweeps.network import Network, State
from cellscope.model.sweeps.plan import Plan

Read = Callable[[State], Any]
MEASURED: tuple[tuple[str, str, Read], ...] = (  # name, unit, where it is found
    ("patterns_window", "cells", lambda s: s.patterns),
    ("connected_regions_window", "regions", lambda s: s.connected_regions),
    ("linear_regions_window", "regions", lambda s: s.linear_regions),
    ("patterns_plane", "cells", lambda s: s.plane_patterns),
    ("linear_regions_plane", "regions", lambda s: s.plane_linear_regions),
    ("plane_exact", "true or false", lambda s: s.plane_exact),
    ("variance_layer_1", "1", lambda s: s.first_variance),
    ("variance_last_layer", "1", lambda s: s.last_variance),
    ("train_loss", "nat", lambda s: s.train_loss),
    ("train_accuracy", "1", lambda s: s.train_accuracy),
    ("test_loss", "nat", lambda s: s.test_loss),
    ("test_accuracy", "1", lambda s: s.test_accuracy),
)
WINDOW = tuple(f"window_{side} [data units]" for side in ("x0", "x1", "y0", "y1"))
HEADER = (
    *FIELD_NAMES,
    "layer",
    *WINDOW,
    "steps_planned",
    "steps_taken",
    "diverged",
    "diverged_step",
    *(f"{name}_{when} [{unit}]" for when in ("start", "end") for name, unit, _ in MEASURED),
)


def csv_table(plan: Plan, networks: Iterable[Network]) -> str:
    """All networks of a sweep, ordered by point and seed."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)  # RFC 4180 is what it writes unless told otherwise
    writer.writerow(HEADER)
    for network in sorted(networks, key=lambda n: (n.point, n.k)):
        writer.writerow([_plain(value) for value in _row(plan, network)])
    return file.getvalue()


def _row(plan: Plan, network: Network) -> list[Any]:
    return [
        *(getattr(network.spec, name) for name in FIELD_NAMES),
        network.layer,
        *plan.view.window,
        plan.steps,
        network.step,
        network.diverged,
        network.diverged_step,
        *(
            None if state is None else read(state)
            for state in (network.start, network.end)
            for _, _, read in MEASURED
        ),
    ]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return repr(value) if isinstance(value, float) else str(value)
