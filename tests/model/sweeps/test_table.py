import csv
import io
from dataclasses import replace
from functools import cache
from typing import Any

from cellscope.model.spec import FIELD_NAMES, Spec
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Axis, Plan
from cellscope.model.sweeps.run import run
from cellscope.model.sweeps.spread import Spread, by_point, spread
from cellscope.model.sweeps.table import HEADER, MEASURED, csv_table
from cellscope.model.view import View

PLAN = Plan(
    spec=Spec(hidden=(4, 3), samples=60, noise=0.1),
    view=View(layer=2, window=(-1.5, 2.0, -1.0, 1.0)),
    axes=(Axis("weight_variance", (0.1, 0.3)),),
    seeds=2,
    steps=5,
)


@cache
def all_networks() -> list[Network]:
    return [event for event in run(PLAN) if isinstance(event, Network)]


def parsed(networks: list[Network] | None = None) -> list[dict[str, str]]:
    table = csv_table(PLAN, networks or all_networks())
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def test_the_table_has_a_row_for_every_point_and_seed_in_order():
    rows = parsed(all_networks()[::-1])
    assert [(row["weight_variance"], row["seed"]) for row in rows] == [
        *(("0.1", "0"), ("0.1", "1"), ("0.3", "0"), ("0.3", "1")),
    ]
    assert len(set(HEADER)) == len(HEADER)


def test_numbers_come_back_as_they_were_to_the_last_digit():
    found = {(float(row["weight_variance"]), int(row["seed"])): row for row in parsed()}
    for network in all_networks():
        row = found[network.spec.weight_variance, network.spec.seed]
        assert float(row["noise"]) == network.spec.noise
        assert network.end is not None
        for when, state in (("start", network.start), ("end", network.end)):
            for name, unit, read in MEASURED:
                value, said = read(state), row[f"{name}_{when} [{unit}]"]
                if isinstance(value, bool):
                    assert said == ("true" if value else "false")
                else:
                    assert float(said) == value


def test_every_setting_has_its_column_and_the_window_four():
    row = parsed()[0]
    assert set(FIELD_NAMES) < row.keys()
    assert row["hidden"] == "4,3"
    assert (row["layer"], row["steps_planned"], row["steps_taken"]) == ("2", "5", "5")
    window = [float(row[f"window_{side} [data units]"]) for side in ("x0", "x1", "y0", "y1")]
    assert tuple(window) == PLAN.view.window


def test_what_was_not_counted_or_not_reached_is_empty():
    lost = replace(all_networks()[0], end=None, step=3, diverged_step=3)
    row = parsed([lost])[0]
    assert (row["diverged"], row["diverged_step"], row["steps_taken"]) == ("true", "3", "3")
    assert row["train_accuracy_end [1]"] == row["patterns_plane_end [cells]"] == ""
    fine = parsed()[0]
    assert (fine["diverged"], fine["diverged_step"]) == ("false", "")


def test_lines_end_and_quotes_stand_as_rfc_4180_says():
    table = csv_table(PLAN, all_networks())
    lines = table.split("\r\n")
    assert len(lines) == len(all_networks()) + 2
    assert lines[-1] == ""
    assert "\n" not in "".join(lines)
    assert ',"4,3",' in lines[1]


def loss_of(network: Network) -> float | None:
    return None if network.end is None else network.end.train_loss


def test_a_spread_is_of_the_seeds_that_have_the_number():
    def lossy(*losses: float | None) -> list[Network]:
        base = all_networks()[0]
        assert base.end is not None
        return [
            replace(base, end=None if v is None else replace(base.end, train_loss=v))
            for v in losses
        ]

    assert spread(lossy(3.0, 1.0, 8.0), loss_of) == Spread(1.0, 3.0, 8.0, 3)
    assert spread(lossy(3.0, None, 1.0), loss_of) == Spread(1.0, 2.0, 3.0, 2)
    assert spread(lossy(float("inf"), float("nan"), 2.0), loss_of) == Spread(2.0, 2.0, 2.0, 1)
    assert spread(lossy(None), loss_of) is None


def test_networks_are_gathered_by_their_point():
    ordered: list[Any] = by_point(all_networks(), PLAN.points)
    assert [[network.k for network in point] for point in ordered] == [[0, 1], [0, 1]]
    assert [point[0].spec.weight_variance for point in ordered] == [0.1, 0.3]
