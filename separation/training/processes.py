"""Jobs in processes beside this one, none of which outlives it."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from separation.training.errors import TrainingError

# Several threads in each of several processes would only get in each other's way.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
JOBS = 50  # of a process, which grows a little with each and then makes room for a fresh one
Job = TypeVar("Job")


def pooled(work: Callable[[Job], None], jobs: list[Job], workers: int) -> Iterator[None]:
    """Each job in a pool of single-thread processes; here, where one worker is wanted.

    Raises what a job raises, and TrainingError `worker_died` where a process was killed."""
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            work(job)
            yield
        return
    with environment(_ONE_THREAD):
        # A pool of its own for each round: `max_tasks_per_child` hangs (python/cpython#115634, all of 3.11 and 3.12).
        for first in range(0, len(jobs), JOBS * workers):
            yield from _round(work, jobs[first : first + JOBS * workers], workers)


def _round(work: Callable[[Job], None], jobs: list[Job], workers: int) -> Iterator[None]:
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin)
    try:
        for done in as_completed([pool.submit(work, job) for job in jobs]):
            done.result()
            yield
    except BrokenProcessPool as error:
        message = (
            "A process that makes songs died, perhaps for lack of memory. The songs so far are kept: run the same "
            "command again, perhaps with fewer --workers."
        )
        raise TrainingError("worker_died", message, retry=True) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Ctrl-C ends a process of the pool at once and without words, where it ends the parent, which has some."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()


def end_with_parent() -> None:
    """A parent that was killed can't end its children; each looks for itself."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """For children that start meanwhile: the C library, OpenMP and BLAS read these when a process starts."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
