"""Queries shared out among threads: the same answers, one progress, and an end when one fails."""

import threading

import numpy as np
import pytest

from lawcast.geometry.counting import count_within
from lawcast.geometry.neighbours import find_neighbours
from lawcast.geometry.points import Points
from lawcast.geometry.sharing import share_out

X = np.random.default_rng(3).standard_normal((2500, 6)).astype(np.float32)
POINTS = Points.from_array(X)
ASKED = np.arange(2500)


def share(job, *, threads, progress=None, memory=2**27):
    return share_out(POINTS, ASKED, job, threads=threads, memory=memory, progress=progress)


def test_shares_are_consecutive_and_divide_the_memory():
    shares = share(lambda part, memory, tell: (part, memory), threads=3)
    np.testing.assert_array_equal(np.concatenate([part for part, _ in shares]), ASKED)
    assert [memory for _, memory in shares] == [2**27 // 3] * 3


def test_small_jobs_are_not_shared():
    assert len(share(lambda part, *_: part, threads=8, memory=2**24)) == 1
    few = share_out(
        POINTS, ASKED[:600], lambda part, *_: part, threads=8, memory=2**27, progress=None
    )
    assert len(few) == 1


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "periodic"])
def test_shared_queries_find_the_same(metric):
    box = 20.0 if metric == "periodic" else None
    one, many = (
        find_neighbours(POINTS, 7, metric=metric, box=box, threads=threads) for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.distances, many.distances)
    np.testing.assert_array_equal(one.indices, many.indices)
    radii = np.array([0.3, 1.0])
    alone, shared = (
        count_within(POINTS, None, radii, metric=metric, box=box, threads=threads)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(alone, shared)


def test_progress_of_all_shares_is_one_that_never_falls():
    told = []
    find_neighbours(POINTS, 7, threads=3, progress=lambda *step: told.append(step))
    done = [step[1] for step in told]
    assert done == sorted(done)
    assert {step[2] for step in told} == {2500**2}
    assert done[-1] == 2500**2


def test_work_that_is_done_again_does_not_take_progress_back():
    told = []

    def job(part, memory, tell):
        for done in (1, 2, 1, 2):
            tell("again", done, 2)

    share(job, threads=2, progress=lambda *step: told.append(step[1]))
    assert told == sorted(told)
    assert told[-1] == 2500**2


def test_an_error_of_one_share_ends_the_others_and_is_the_one_raised():
    waiting = threading.Event()

    def job(part, memory, tell):
        if part[0] > 0:
            waiting.wait(20)
            raise ValueError("of the second share")
        waiting.set()
        while True:  # ends when it is told to
            tell("stage", 0, 1)

    with pytest.raises(ValueError, match="second share"):
        share(job, threads=2)
