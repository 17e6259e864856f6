"""Averages and deeper networks are found in the background, piece by piece, and can be ended."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cellscope.app.features.signal.jobs import (
    AVERAGE,
    DEEPER,
    Deeper,
    average_work,
    check_average,
    deeper_total,
    deeper_work,
    read_draws,
    results_of,
    same_network,
)
from cellscope.app.session.jobs import Job, Jobs
from cellscope.model.moments_over_draws import ManyDraws, moments_report
from cellscope.model.spec import Spec, SpecError

SMALL = Spec(samples=40, width=5, depth=3)


def done(kind: str, total: int, work: Any) -> Jobs:
    jobs = Jobs()
    with ThreadPoolExecutor(1) as pool:
        jobs.start(kind, total, pool, work)
    return jobs


def test_an_average_is_that_of_cellscope_moments():
    found = results_of(done(AVERAGE, 12, average_work(SMALL, 12))).average
    assert found is not None
    assert found.draws == 12
    layers = moments_report(SMALL, 12)["layers"]
    for mine, theirs in zip(found.mean["layers"], layers, strict=True):
        assert mine == {key: value for key, value in theirs.items() if key != "theory"}


def test_a_cancelled_average_keeps_the_draws_that_there_were(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cellscope.app.features.signal.jobs.PARTIAL_S", 0.0)
    job = Job(AVERAGE, 100)
    reported = job.report

    def report(done: int, result: Any = None) -> bool:
        reported(done, result)
        if done == 7:
            job.cancel()
        return job.going_on()

    monkeypatch.setattr(job, "report", report)
    job.run(average_work(SMALL, 100))
    assert job.progress.status == "cancelled"
    assert isinstance(job.progress.result, ManyDraws)
    assert job.progress.result.draws == 7


def test_a_deeper_network_is_tried_in_every_format_the_shortest_first():
    spec = SMALL.but(width=100, init="normal", bias="zero")
    found = results_of(done(DEEPER, deeper_total(spec), deeper_work(spec))).deeper
    assert isinstance(found, Deeper)
    assert list(found.breaks) == ["float16", "bfloat16", "float32", "float64"]
    layers = [broken.layer for broken in found.breaks.values() if broken]
    assert layers == sorted(layers)
    assert 4 <= layers[0] <= 7
    assert 44 <= layers[2] <= 47  # float32, predicted for the rms: 47


def test_results_have_a_key_that_tells_when_they_change():
    jobs = done(AVERAGE, 10, average_work(SMALL, 10))
    key = results_of(jobs).key
    assert key == results_of(jobs).key
    assert key != results_of(Jobs()).key
    assert hash(key) is not None


def test_how_a_network_trains_does_not_matter_to_its_draws():
    assert same_network(SMALL, SMALL.but(optimizer="adam", learning_rate=0.5, batch_size=3))
    assert not same_network(SMALL, SMALL.but(seed=1))


@pytest.mark.parametrize("raw", [9, 1001, 3.0, True, None, "", "1e2", "-20", "²00", "9" * 400])
def test_nonsense_draws_are_refused_by_name(raw: object):
    with pytest.raises(SpecError) as refused:
        read_draws(raw)
    assert (refused.value.field, refused.value.rule) == ("average_draws", "whole")


def test_draws_come_as_numbers_or_plain_digits():
    assert (read_draws(10), read_draws("1000")) == (10, 1000)


def test_an_average_of_minutes_is_refused_with_its_estimate():
    check_average(Spec(), 1000)
    check_average(Spec(width=256, depth=3), 1000)
    large = Spec(width=64, depth=32, init="lsuv", samples=10_000)
    with pytest.raises(SpecError) as caught:
        check_average(large, 1000)
    assert caught.value.field == "average_draws"
    assert int(str(caught.value.limits["seconds"])) > 1000
    check_average(large, 10)
