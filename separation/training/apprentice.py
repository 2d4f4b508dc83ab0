"""One of the processes that learn.

On a CPU, two processes of one thread learn nearly twice as much as one process of two threads. Each learns from its
own examples. Those that begin with nothing average weights and moments every MEETING steps (local SGD, Stich 2019).
After that all are alike, so that one checkpoint is enough to go on exactly. Those that begin with the same trained
network stay near enough to each other to learn apart (Wortsman et al., "Model soups", 2022): each goes by its own clock
and has a checkpoint of its own, and when all are done the result is the mean of their average weights."""

import io
import itertools
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from separation.errors import SeparationError
from separation.models.bandsplit import BandSplit, BandSplitNet
from separation.runner import is_out_of_memory, room
from separation.training import calibration, curve, files, library, results, validation
from separation.training.errors import TrainingError
from separation.training.learning import Learner
from separation.training.library import Song
from separation.training.mixing import Mixer
from separation.training.plan import Plan, Progress
from separation.training.processes import end_with_parent
from separation.training.sound import RATE

MEETING = 20  # steps between averages; with the last step the only places where a run can be left
_PART = 8  # examples that one process makes at a time for a GPU
# Steps after which the library is read again, for songs that were made in the meantime. Not for a GPU: to start the
# processes beside it anew took 90 s, for 80 s of learning.
_STRETCH = 200
_ENDLESS = 10**9
_PAUSE = 60.0  # seconds: who was away for longer between two steps was stopped and didn't train
_LOOK = 2.0  # seconds, between two looks at how far others are
_OWN = 100  # songs; where one that learns apart would have fewer of its own, all learn from all

Message = Progress | SeparationError | OSError | None  # what a process says; None: it is done


class Table:
    """Where the processes meet: a row for each, in memory that all of them see, and how far each is."""

    def __init__(self, plan: Plan, barrier: Barrier) -> None:
        size = sum(value.numel() for value in BandSplitNet(plan.shape, len(plan.info.sources)).parameters())
        self._rows = torch.zeros(plan.learners, size if plan.apart else 3 * size)
        self._done = torch.zeros(plan.learners, dtype=torch.float64)
        self._steps = torch.zeros(plan.learners, dtype=torch.int64)
        for shared in (self._rows, self._done, self._steps):
            shared.share_memory_()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
        self._barrier = barrier

    def least(self) -> float:
        """How far the last process is, 0 to 1."""
        return float(self._done.min())

    def steps(self) -> int:
        """Those of all processes together."""
        return int(self._steps.sum())

    def tell(self, rank: int, done: float, step: int) -> None:
        """How far a process is."""
        self._done[rank], self._steps[rank] = done, step

    def meet(self, rank: int, learner: Learner, done: float) -> float:
        """Averages weights and moments over all; returns how far the first process is, which all go by."""
        self.tell(rank, done, learner.step)
        values = list(learner.net.parameters())
        for name in ("exp_avg", "exp_avg_sq"):
            values += [learner.optimiser.state[value][name] for value in learner.net.parameters()]
        if len(self._done) > 1:
            with torch.no_grad():
                for value, mean in zip(values, self.mean(rank, values), strict=True):
                    value.copy_(mean)
        return float(self._done[rank])

    def mean(self, rank: int, values: Iterable[Tensor]) -> list[Tensor]:
        """Waits for all processes, which give values of the same shapes, and returns their means.

        All are then as far as the first one."""
        values = [value.detach() for value in values]
        self._rows[rank] = torch.cat([value.flatten() for value in values])
        self._barrier.wait()
        mean = self._rows.mean(0)
        # Before the first one goes on, and says how far it is at the next meeting.
        self._done[rank] = self._done[0]
        self._barrier.wait()
        parts = torch.split(mean, [value.numel() for value in values])
        return [part.view_as(value) for part, value in zip(parts, values, strict=True)]


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
        with room(
            plan.device, f"Give a smaller --batch than {plan.batch}, or fewer --frames than {plan.frames}."
        ):
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
    seconds, best = _resume(plan, rank, learner)
    done = _done(plan, learner.step, seconds)
    table.tell(rank, done, learner.step)
    judge = _Judge(plan) if rank == 0 else None
    if judge and learner.step == 0:
        best = judge(learner.average, 0, seconds, best)

    def progress(errors: dict[str, float], scores: dict[str, float]) -> Progress:
        heard = table.steps() * plan.batch * plan.samples / RATE / 3600
        return Progress(learner.step, min(1.0, table.least()), heard, errors, scores)

    examples = _examples(plan, rank, learner)
    errors = torch.zeros(len(plan.info.sources), device=plan.device)
    heard = 0  # steps, since they were told of
    saved = clock = time.monotonic()
    while done < 1:
        errors += learner.learn(next(examples), done)
        heard += 1
        now = time.monotonic()
        seconds, clock = seconds + min(now - clock, _PAUSE), now
        if learner.step % MEETING and learner.step != plan.steps:
            continue
        done = _done(plan, learner.step, seconds)
        if plan.apart:
            table.tell(rank, done, learner.step)
        else:
            done = table.meet(rank, learner, done)
        _require_numbers(plan, learner)  # before anything is written of it
        scores: dict[str, float] = {}
        # The last that is judged of processes that learn apart is their mean.
        if judge and (not plan.apart if done >= 1 else learner.step % plan.validate_every < MEETING):
            best = judge(learner.average, learner.step, seconds, best)
            scores = judge.scores
            clock = time.monotonic()
        if (rank == 0 or plan.apart) and (clock - saved > plan.save_every or done >= 1):
            _save(plan, rank, learner, seconds, best)
            saved = time.monotonic()
        yield progress(dict(zip(plan.info.sources, (errors / heard).tolist(), strict=True)), scores)
        errors, heard = torch.zeros_like(errors), 0
    if plan.apart:
        while table.least() < 1:
            yield progress({}, {})
            time.sleep(_LOOK)
        mean = table.mean(rank, learner.average.values())
        if judge:
            best = judge(dict(zip(learner.average, mean, strict=True)), learner.step, seconds, best)
            _save(plan, rank, learner, seconds, best)
            yield progress({}, judge.scores)


def _examples(plan: Plan, rank: int, learner: Learner) -> Iterator[Tensor]:
    """Those of the next step and all after it."""
    step = learner.step
    while True:
        last = (step // _STRETCH + 1) * _STRETCH if plan.device == "cpu" else _ENDLESS
        yield from batches(plan, _songs(plan, rank), learner.seed, range(step, last))
        step = last


def _require_numbers(plan: Plan, learner: Learner) -> None:
    if learner.astray():
        message = (
            "The training went astray: the network's weights are no numbers any more. Go on from the last "
            f"checkpoint with --resume and a lower --rate than {plan.highest_rate:g}."
        )
        raise TrainingError("astray", message)


def _done(plan: Plan, step: int, seconds: float) -> float:
    return step / plan.steps if plan.steps is not None else seconds / 60 / (plan.minutes or 1)


class _Judge:
    """Validates the average weights, balanced, writes the learning curve, and keeps the best as the result."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cases = validation.cases(plan.held_out, plan.real, plan.info.sources)
        self.scores: dict[str, float] = {}

    def __call__(self, weights: dict[str, Tensor], step: int, seconds: float, best: float) -> float:
        """Returns the best score so far, of which `best` was the one before."""
        plan = self._plan
        score = float(step)  # with nothing to compare by, the last is the best
        net = BandSplitNet(plan.shape, len(plan.info.sources)).to(plan.device).eval()
        net.load_state_dict(weights)
        if self._cases:
            # Judged as it would be used: a start that was balanced once would win over all that learns from it.
            calibration.balance(net, plan.info, self._cases)
            self.scores = validation.judge(BandSplit(net, torch.device(plan.device), plan.info), self._cases)
            score = self.scores["score"]
        about = {"step": step, "minutes": round(seconds / 60, 2)}
        # Not what was judged before the training was ended, and is judged again.
        rows = [row for row in curve.read(plan.curve) if row["step"] < step] if plan.curve.exists() else []
        rows.append(about | {name: round(value, 3) for name, value in self.scores.items()})
        files.write(plan.curve, "".join(json.dumps(row) + "\n" for row in rows).encode())
        if score >= best:
            results.write(plan.result, plan.info, plan.shape, net.state_dict())
        return max(best, score)


def _songs(plan: Plan, rank: int) -> list[Song]:
    """What a process learns from: all songs, or where processes learn apart and there are enough, its part of them."""
    folders = [library.read(folder, plan.most.get(folder)) for folder in plan.songs]
    found = [song for songs in folders for song in library.by_stem(songs, plan.info.sources)]
    library.require(found, plan.info.sources)
    if not plan.apart:
        return found
    parts: list[list[Song]] = [[] for _ in range(plan.learners)]
    for song in found:  # by its name, so that it stays where it is when others come
        parts[crc32(os.fsencode(song.folder.name)) % plan.learners].append(song)
    enough = all(len(part) >= _OWN and not library.missing(part, plan.info.sources) for part in parts)
    return parts[rank] if enough else found


def _save(plan: Plan, rank: int, learner: Learner, seconds: float, best: float) -> None:
    whole = io.BytesIO()
    about = {
        "seconds": seconds,
        "best": best,
        "sources": list(plan.info.sources),
        "shape": str(plan.shape),
        "learners": plan.learners if plan.apart else 1,
    }
    torch.save({**learner.state(), **about}, whole)
    files.write(plan.checkpoint_of(rank), whole.getvalue())


def require_same(plan: Plan) -> None:
    """Raises TrainingError `bad_checkpoint` where a training would be gone on with otherwise than it was begun."""
    if not plan.checkpoint.exists():
        return
    with _read(plan, plan.checkpoint) as state:
        # Older checkpoints don't say all of this.
        sources = tuple(state.get("sources", plan.info.sources))
        shape, learners = state.get("shape", str(plan.shape)), state.get("learners", 1)
    advice = ""
    if sources != plan.info.sources:
        advice = f"with --sources {','.join(sources)}. Give these"
    elif learners > 1 and learners != (plan.learners if plan.apart else 1):
        advice = (
            f"by {learners} processes that learn apart. Give --workers {learners}, --device cpu and --start"
        )
    elif shape != str(plan.shape):
        advice = f"with a network {shape}. Give --width, --depth, --stride or --start as then"
    if advice:
        raise TrainingError("bad_checkpoint", f"{plan.info.name} was begun {advice}, or another name.")


def _resume(plan: Plan, rank: int, learner: Learner) -> tuple[float, float]:
    """Seconds and best score so far."""
    own, beginning = plan.checkpoint_of(rank), (0.0, float("-inf"))
    path = own if own.exists() else plan.checkpoint
    if not path.exists():
        return beginning
    with _read(plan, path) as state:
        # That of processes that met, or of a single one, is everyone's. Else who has none yet begins anew.
        if path != own and state.get("learners", 1) > 1:
            return beginning
        learner.restore(state)
        if learner.astray():
            raise ValueError("weights that are no numbers")
        return float(state["seconds"]), float(state["best"])


@contextmanager
def _read(plan: Plan, path: Path) -> Iterator[dict[str, Any]]:
    """A checkpoint. What goes wrong with it becomes TrainingError `bad_checkpoint`."""
    try:
        yield torch.load(path, map_location="cpu", weights_only=True)
    except (SeparationError, OSError, torch.AcceleratorError):  # no doing of the checkpoint
        raise
    except Exception as error:
        if is_out_of_memory(error, torch.device(plan.device)):  # nor is this
            raise
        message = f"{path} can't be gone on from. Train under another name, or delete it."
        raise TrainingError("bad_checkpoint", message) from error
