"""One of the processes that learn.

On a CPU, two processes of one thread learn nearly twice as much as one process of two threads. Each learns from its
own examples; every MEETING steps they average weights and moments (local SGD, Stich 2019). After that all are alike,
so that one checkpoint is enough to go on exactly."""

import io
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from multiprocessing import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from separation.errors import SeparationError
from separation.models.bandsplit import BandSplit, BandSplitNet
from separation.runner import is_out_of_memory
from separation.training import calibration, curve, files, library, results, validation
from separation.training.errors import TrainingError, room
from separation.training.learning import Learner
from separation.training.library import Song
from separation.training.mixing import Mixer
from separation.training.plan import Plan, Progress
from separation.training.processes import end_with_parent
from separation.training.sound import RATE

MEETING = 20  # steps between averages; the only places where a run can be left and taken up again
_PART = 8  # examples that one process makes at a time for a GPU
# Steps after which the library is read again, for songs that were made in the meantime. Not for a GPU: to start the
# processes beside it anew took 90 s, for 80 s of learning.
_STRETCH = 200
_ENDLESS = 10**9
_PAUSE = 60.0  # seconds: who was away for longer between two steps was stopped and didn't train


Message = Progress | SeparationError | OSError | None  # what a process says; None: it is done


class Table:
    """Where the processes meet: a row for each, in memory that all of them see."""

    def __init__(self, plan: Plan, barrier: Barrier, count: int) -> None:
        size = sum(value.numel() for value in BandSplitNet(plan.shape, len(plan.info.sources)).parameters())
        self._rows = torch.zeros(count, 3 * size)
        self._clock = torch.zeros(1, dtype=torch.float64)
        self._rows.share_memory_()  # type: ignore[no-untyped-call]
        self._clock.share_memory_()  # type: ignore[no-untyped-call]
        self._barrier = barrier

    def __len__(self) -> int:
        return len(self._rows)

    def meet(self, rank: int, learner: Learner, seconds: float) -> float:
        """Averages weights and moments over all; returns the seconds of the first process, which all go by."""
        values = list(learner.net.parameters())
        for name in ("exp_avg", "exp_avg_sq"):
            values += [learner.optimiser.state[value][name] for value in learner.net.parameters()]
        if rank == 0:
            self._clock[0] = seconds
        with torch.no_grad():
            if len(self._rows) > 1:
                self._rows[rank] = torch.cat([value.detach().flatten() for value in values])
                self._barrier.wait()
                mean, place = self._rows.mean(0), 0
                for value in values:
                    value.copy_(mean[place : place + value.numel()].view_as(value))
                    place += value.numel()
                self._barrier.wait()
        return float(self._clock[0])


class _Parts(Dataset[Tensor]):
    """The batches of the steps in parts, for which no process needs long: part p of n is p % n of step p // n.

    A part is (examples, sources, 2, samples), in half precision (its rounding is 70 dB), as it has a way to go."""

    def __init__(self, mixer: Mixer, sizes: Sequence[int]) -> None:
        self._mixer, self._sizes = mixer, sizes

    def __getitem__(self, part: int) -> Tensor:
        step, index = divmod(part, len(self._sizes))
        stems = self._mixer.batch(step, self._sizes[index], sum(self._sizes[:index]))
        return torch.from_numpy(stems).half()


def batches(plan: Plan, songs: list[Song], seed: int, steps: range) -> Iterator[Tensor]:
    """The examples of each step, (batch, sources, 2, samples) on the device; for a GPU made by processes beside."""
    mixer = Mixer(songs, plan.info.sources, plan.samples, seed)
    if plan.device == "cpu":
        for step in steps:
            yield torch.from_numpy(mixer.batch(step, plan.batch))
        return
    sizes = [min(_PART, plan.batch - first) for first in range(0, plan.batch, _PART)]
    # What numba compiles is compiled once, for all processes that are forked from here.
    mixer.batch(steps.start, 1)
    loader = DataLoader(
        _Parts(mixer, sizes),
        batch_size=None,
        sampler=range(steps.start * len(sizes), steps.stop * len(sizes)),
        num_workers=plan.workers,
        prefetch_factor=max(2, 2 * len(sizes) // plan.workers),
        pin_memory=torch.cuda.is_available(),
    )
    parts = iter(loader)
    for _ in steps:
        yield torch.cat(
            [part.to(plan.device, non_blocking=True) for part in itertools.islice(parts, len(sizes))]
        )


def work(rank: int, plan: Plan, table: Table, messages: "Queue[Message]") -> None:
    """The life of a process; the first one reports, validates and saves."""
    end_with_parent()
    torch.set_num_threads(1)
    try:
        with room(plan, f"Give a smaller --batch than {plan.batch}, or fewer --frames than {plan.frames}."):
            for progress in _run(rank, plan, table):
                if rank == 0:
                    messages.put(progress)
        if rank == 0:
            messages.put(None)
    except (SeparationError, OSError) as error:
        messages.put(error)


def _run(rank: int, plan: Plan, table: Table) -> Iterator[Progress]:
    torch.manual_seed(plan.seed)
    net = BandSplitNet(plan.shape, len(plan.info.sources))
    if plan.start is not None:
        results.start_from(net, plan.start, plan.info.sources)
    learner = Learner(
        net,
        torch.device(plan.device),
        plan.seed * 100 + rank,
        plan.highest_rate,
        keeps_memory=plan.start is not None,
    )
    seconds, best = _resume(plan, learner)
    if rank == 0:
        _rewind(plan.curve, learner.step)
    judge = _Judge(plan) if rank == 0 else None
    if judge and learner.step == 0:
        best = judge(learner, best, 0.0)
    saved = clock = time.monotonic()
    while (done := _done(plan, learner.step, seconds)) < 1:
        songs = _songs(plan)
        last = (learner.step // _STRETCH + 1) * _STRETCH if plan.device == "cpu" else _ENDLESS
        errors = torch.zeros(len(plan.info.sources), device=plan.device)
        for stems in batches(plan, songs, plan.seed * 100 + rank, range(learner.step, last)):
            errors += learner.learn(stems, done) / MEETING
            now = time.monotonic()
            seconds, clock = seconds + min(now - clock, _PAUSE), now
            if learner.step % MEETING:
                continue
            seconds = table.meet(rank, learner, seconds)
            if learner.astray():  # before anything is written of it
                message = (
                    "The training went astray: the network's weights are no numbers any more. Go on from the last "
                    f"checkpoint with --resume and a lower --rate than {plan.highest_rate:g}."
                )
                raise TrainingError("astray", message)
            done = _done(plan, learner.step, seconds)
            scores: dict[str, float] = {}
            if judge and (learner.step % plan.validate_every < MEETING or done >= 1):
                best = judge(learner, best, seconds)
                scores = judge.scores
                clock = time.monotonic()
            if rank == 0 and (clock - saved > plan.save_every or done >= 1):
                _save(plan, learner, seconds, best)
                saved = time.monotonic()
            heard = learner.step * plan.batch * plan.samples * len(table) / RATE / 3600
            names = zip(plan.info.sources, errors.tolist(), strict=True)
            yield Progress(learner.step, min(1.0, done), seconds / 60, len(songs), heard, dict(names), scores)
            errors.zero_()
            if done >= 1:
                break


def _done(plan: Plan, step: int, seconds: float) -> float:
    return step / plan.steps if plan.steps is not None else seconds / 60 / (plan.minutes or 1)


class _Judge:
    """Validates the average weights, balanced, writes the learning curve, and keeps the best as the result."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cases = validation.cases(plan.held_out, plan.real, plan.info.sources)
        self.scores: dict[str, float] = {}

    def __call__(self, learner: Learner, best: float, seconds: float) -> float:
        plan = self._plan
        score = float(learner.step)  # with nothing to compare by, the last is the best
        net = BandSplitNet(plan.shape, len(plan.info.sources)).to(learner.device).eval()
        net.load_state_dict(learner.average)
        if self._cases:
            # Judged as it would be used: a start that was balanced once would win over all that learns from it.
            calibration.balance(net, plan.info, self._cases)
            self.scores = validation.judge(BandSplit(net, learner.device, plan.info), self._cases)
            score = self.scores["score"]
        about = {"step": learner.step, "minutes": round(seconds / 60, 2)}
        with plan.curve.open("a") as file:
            file.write(
                json.dumps(about | {name: round(value, 3) for name, value in self.scores.items()}) + "\n"
            )
        if score > best:
            results.write(plan.result, plan.info, plan.shape, net.state_dict())
        return max(best, score)


def _songs(plan: Plan) -> list[Song]:
    found = [song for folder in plan.songs for song in library.read(folder, plan.most.get(folder))]
    library.require(found, plan.info.sources)
    return found


def _save(plan: Plan, learner: Learner, seconds: float, best: float) -> None:
    whole = io.BytesIO()
    about = {"seconds": seconds, "best": best, "sources": list(plan.info.sources)}
    torch.save({**learner.state(), **about}, whole)
    files.write(plan.checkpoint, whole.getvalue())


def _resume(plan: Plan, learner: Learner) -> tuple[float, float]:
    """Seconds and best score so far."""
    if not plan.checkpoint.exists():
        return 0.0, float("-inf")
    try:
        state = torch.load(plan.checkpoint, map_location="cpu", weights_only=True)
        sources = tuple(state.get("sources", plan.info.sources))  # older checkpoints don't say
        if sources != plan.info.sources:
            given = ",".join(sources)
            message = f"{plan.info.name} was begun with --sources {given}. Give these, or another name."
            raise TrainingError("bad_checkpoint", message)
        learner.restore(state)
        if learner.astray():
            raise ValueError("weights that are no numbers")
        return float(state["seconds"]), float(state["best"])
    except (SeparationError, OSError, torch.AcceleratorError):  # what follows is the checkpoint's doing
        raise
    except Exception as error:
        if is_out_of_memory(error, torch.device(plan.device)):  # but for this
            raise
        message = f"{plan.checkpoint} can't be gone on from. Train under another name, or delete it."
        raise TrainingError("bad_checkpoint", message) from error


def _rewind(path: Path, step: int) -> None:
    """Takes out of a learning curve what will be judged again after `step`, and a line that was cut off."""
    if not step:
        path.unlink(missing_ok=True)
    elif path.exists():
        rows = [row for row in curve.read(path) if row["step"] <= step]
        files.write(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
