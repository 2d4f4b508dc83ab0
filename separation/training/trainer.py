"""Training from start to end: processes that learn side by side, and what they report."""

import fcntl
import multiprocessing
import queue
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from separation.errors import SeparationError
from separation.runner import room
from separation.training.apprentice import Message, Table, require_same, work
from separation.training.errors import TrainingError
from separation.training.plan import Plan, Progress
from separation.training.processes import environment

# Freed memory is kept: asking the system for fresh pages at each step takes longer than the arithmetic. And one
# thread per process, as several processes share the cores.
_ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "268435456",
    "OMP_NUM_THREADS": "1",
}
_SHARED = "Give fewer --workers or a smaller network; a container needs a larger /dev/shm (docker run --shm-size 1g)."


@contextmanager
def alone(plan: Plan) -> Iterator[None]:
    """For as long as nobody else may train this model; raises TrainingError `name_taken` where somebody does.

    However a process ends, it no longer has the lock then. The file stays."""
    plan.out.mkdir(parents=True, exist_ok=True)
    with (plan.out / f".{plan.info.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"{plan.info.name} is being trained already. Wait for that, or choose another name."
            raise TrainingError("name_taken", message) from None
        yield


def train(plan: Plan) -> Generator[Progress, None, None]:
    """Trains, going on from the checkpoint where there is one. Yields every 20 steps, and at the end.

    Raises TrainingError `worker_died`, `no_songs`, `bad_sources` or `bad_checkpoint`, ModelError `out_of_memory`,
    EvaluationError and AudioError where the real songs to validate with can't be used, and OSError. Whenever it is
    ended, the next call with the same plan goes on from the last checkpoint."""
    plan.out.mkdir(parents=True, exist_ok=True)
    require_same(plan)
    context = multiprocessing.get_context("spawn")
    # One that begins, or that one process or a GPU goes on with: what the others left is of a training before.
    if not plan.apart or not plan.checkpoint.exists():
        for left in plan.out.glob(f"{plan.info.name}+*.checkpoint"):
            left.unlink()
    messages: multiprocessing.Queue[Message] = context.Queue()
    with room("cpu", _SHARED):
        table = Table(plan, context.Barrier(plan.learners))
    processes = [
        # A daemon may have no children, but examples for a GPU are made by some.
        context.Process(target=work, args=(rank, plan, table, messages), daemon=plan.device == "cpu")
        for rank in range(plan.learners)
    ]
    # Processes that are killed leave what they unpacked: it is deleted here.
    with tempfile.TemporaryDirectory(prefix="stemlink-train-") as unpacked:
        try:
            with environment({**_ENVIRONMENT, "TMPDIR": unpacked}):
                for process in processes:
                    process.start()
            while (message := _next(messages, processes)) is not None:
                yield message
            for process in processes:
                process.join(20)
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join(5)


def _next(
    messages: "multiprocessing.Queue[Message]",
    processes: list[multiprocessing.context.SpawnProcess],
) -> Progress | None:
    while True:
        try:
            message = messages.get(timeout=1)
        except queue.Empty:
            if any(process.exitcode for process in processes):
                raise TrainingError(
                    "worker_died",
                    "A training process died, perhaps for lack of memory. "
                    "Run the same command again with --resume to go on.",
                    retry=True,
                ) from None
            continue
        if isinstance(message, SeparationError | OSError):
            raise message
        return message
