"""A training that was ended goes on to exactly what it would have become, and what it becomes is a model."""

import json
import multiprocessing
import queue
import shutil
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation import catalogue
from separation.catalogue import ModelInfo
from separation.errors import ModelError
from separation.models import load
from separation.models.bandsplit import BandSplitNet, Shape
from separation.statistics import Meter
from separation.training import apprentice, calibration, curve, learning, library, memory, results, trainer
from separation.training.apprentice import Table
from separation.training.errors import TrainingError
from separation.training.learning import Learner
from separation.training.plan import Plan
from separation.training.trainer import train
from tests.separation.audio_files import write
from tests.separation.sounds import RATE, noise

SOURCES = ("vocals", "band")
TINY = Shape(width=8, depth=1, stride=4)


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """Three songs of noise and tones, a second each."""
    rng = np.random.default_rng(1)
    for number in range(3):
        tone = np.sin(np.arange(44_100) * 0.05 * (number + 1)) * 0.3
        library.write(
            tmp_path / "songs" / str(number),
            {
                "vocals": [np.stack([tone, tone]).astype(np.float32)],
                "drums": [rng.standard_normal((2, 44_100), np.float32) * np.float32(0.1)],
            },
        )
    return tmp_path / "songs"


def plan(songs: Path, out: Path) -> Plan:
    info = ModelInfo("mine", "Mine", SOURCES, "MIT", "A test.")
    return Plan(info, (songs,), out, steps=40, batch=1, frames=8, workers=2, shape=TINY, save_every=0)


@pytest.fixture
def apart(songs: Path, tmp_path: Path) -> Plan:
    """Two processes that begin with the same network."""
    begun = replace(plan(songs, tmp_path / "out"), start=tmp_path / "known.safetensors")
    torch.manual_seed(5)
    results.write(tmp_path / "known.safetensors", begun.info, TINY, BandSplitNet(TINY, 2).state_dict())
    return begun


def weights(plan: Plan, rank: int = 0) -> dict[str, torch.Tensor]:
    state = torch.load(plan.checkpoint_of(rank), weights_only=True)
    return {**state["net"], **{f"average.{key}": value for key, value in state["average"].items()}}


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])
def test_an_ended_training_goes_on_exactly(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    # On any device but the one called "cpu", one process learns and others make its examples, as for a GPU.
    whole, ended = (replace(plan(songs, tmp_path / name), device=device) for name in ("whole", "ended"))
    assert [progress.step for progress in train(whole)] == [20, 40]

    run = train(ended)
    next(run)
    run.close()  # kills the processes
    steps = [progress.step for progress in train(ended)]
    assert steps[-1] == 40
    assert 20 not in steps

    wanted = weights(whole)
    for key, value in weights(ended).items():
        assert torch.equal(value, wanted[key]), key

    # The result is a model like any other, with stems of its own.
    monkeypatch.setattr(catalogue, "_folder", None)
    catalogue.use_folder(whole.out)
    assert catalogue.get("mine").sources == SOURCES
    model = load("mine", "cpu")
    mixture = np.random.default_rng(2).standard_normal((2, 44_100), np.float32) * np.float32(0.1)
    meter = Meter()
    meter.add(mixture)
    stems = model.prepare(meter.read())(torch.from_numpy(mixture)[None])[0]
    assert stems.shape == (2, 2, 44_100)
    assert torch.allclose(stems.sum(0), torch.from_numpy(mixture), atol=1e-5)


def test_processes_that_begin_with_a_network_learn_apart_and_the_result_is_their_mean(
    apart: Plan, tmp_path: Path
) -> None:
    assert list(train(apart))[-1].done == 1
    first, second = weights(apart), weights(apart, 1)
    assert not all(torch.equal(value, second[key]) for key, value in first.items())
    result = load_file(apart.result)
    for key, value in result.items():
        mean = (first[f"average.{key}"] + second[f"average.{key}"]) / 2
        assert torch.equal(value, mean.half()), key

    # Ended, each goes on exactly; from the beginning where it was ended before it had a checkpoint.
    ended, lost = (replace(apart, out=tmp_path / name) for name in ("ended", "lost"))
    run = train(ended)
    next(run)
    run.close()
    shutil.copytree(ended.out, lost.out)
    lost.checkpoint_of(1).unlink(missing_ok=True)
    for resumed in (ended, lost):
        list(train(resumed))
        for rank, wanted in enumerate((first, second)):
            for key, value in weights(resumed, rank).items():
                assert torch.equal(value, wanted[key]), key
        for key, value in load_file(resumed.result).items():
            assert torch.equal(value, result[key]), key


@pytest.mark.parametrize("start", [False, True])
def test_no_more_steps_are_learned_than_were_asked_for(apart: Plan, start: bool) -> None:
    """They were rounded up to 20. What they end with can be gone on from."""
    few = replace(apart, steps=23, start=apart.start if start else None)
    assert list(train(few))[-1].step == 23
    assert list(train(replace(few, steps=42)))[-1].step == 42
    state = torch.load(few.checkpoint_of(1), weights_only=True)
    assert state["step"] == 42


def test_a_network_that_knows_all_the_stems_learns_on_slowly(apart: Plan) -> None:
    assert apart.highest_rate == 2e-4
    assert replace(apart, info=replace(apart.info, sources=("band", "guitar"))).highest_rate == 6e-4
    assert replace(apart, start=None).highest_rate == 2e-3
    assert replace(apart, rate=1e-3).highest_rate == 1e-3


def test_processes_that_begin_with_nothing_go_on_meeting(songs: Path, tmp_path: Path) -> None:
    two = replace(plan(songs, tmp_path / "two"), steps=20)
    one = replace(two, out=tmp_path / "one", workers=1)
    for begun in (one, two):
        list(train(begun))
        assert [path.name for path in begun.out.glob("*.checkpoint")] == ["mine.checkpoint"]
    # The first learned from the same examples, but met the second.
    alone = weights(one)
    assert not all(torch.equal(value, alone[key]) for key, value in weights(two).items())


def test_the_mean_of_those_that_learned_apart_is_judged_in_the_end(apart: Plan, songs: Path) -> None:
    """Until then it is the first process that is judged."""
    judged = replace(apart, validate_every=20, held_out=songs)
    scores = [progress.scores for progress in train(judged) if progress.scores]
    assert len(scores) == 2
    before = judged.curve.read_text()
    assert [row["step"] for row in curve.read(judged.curve)] == [0, 20, 40]
    # Once more it is the mean of the same, and not twice in the learning curve.
    assert [progress.scores for progress in train(judged) if progress.scores] == scores[-1:]
    assert judged.curve.read_text() == before

    # More can be learned, by each for as long as was asked for.
    def seconds() -> list[float]:
        return [torch.load(judged.checkpoint_of(rank), weights_only=True)["seconds"] for rank in range(2)]

    longer = max(seconds()) + 0.3
    list(train(replace(judged, steps=None, minutes=longer / 60, validate_every=10**6)))
    assert min(seconds()) >= longer
    assert curve.read(judged.curve)[-1]["step"] > 40


def test_what_processes_began_that_met_is_gone_on_with_apart(apart: Plan) -> None:
    """As in earlier versions; they had one checkpoint."""
    learner = Learner(BandSplitNet(TINY, 2), torch.device("cpu"), 1, 1e-3, keeps_memory=False)
    state = {**learner.state(), "seconds": 9.0, "best": 1.0}
    apart.out.mkdir()
    # Of those that learn apart it is the first one's, and none of the second's.
    for says, step in (({}, 20), ({"learners": 1}, 20), ({"learners": 2}, 0)):
        torch.save({**state, "step": 20, **says}, apart.checkpoint)
        learner.step = 0
        apprentice._resume(apart, 1, learner)
        assert learner.step == step


def test_who_wakes_late_from_a_meeting_knows_how_far_that_one_was(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It took what the first process said at the next meeting for it, and that one waited there for ever."""
    begun = plan(songs, tmp_path / "out")
    table = Table(begun, multiprocessing.get_context("spawn").Barrier(2, timeout=30))
    mean = Table.mean

    def late(self: Table, rank: int, values: Iterable[torch.Tensor]) -> list[torch.Tensor]:
        found = mean(self, rank, values)
        if rank:
            time.sleep(1)
        return found

    monkeypatch.setattr(Table, "mean", late)

    def go(rank: int) -> list[float]:
        learner = Learner(BandSplitNet(TINY, 2), torch.device("cpu"), 1, 1e-3, keeps_memory=False)
        learner.learn(torch.rand(1, 2, 2, begun.samples), 0.0)
        return [table.meet(rank, learner, done) for done in (0.5, 1.0)]

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(go, range(2))) == [[0.5, 1.0], [0.5, 1.0]]


def test_those_that_learn_apart_are_gone_on_with_by_as_many(apart: Plan) -> None:
    """What the others had learned was dropped, and their checkpoints were deleted."""
    list(train(replace(apart, steps=20)))
    before = [apart.checkpoint_of(rank).read_bytes() for rank in range(2)]
    for other in (
        replace(apart, workers=1),
        replace(apart, workers=3),
        replace(apart, start=None),
        replace(apart, device="cpu:0"),
    ):
        with pytest.raises(TrainingError, match="--workers 2"):
            list(train(other))
    assert [apart.checkpoint_of(rank).read_bytes() for rank in range(2)] == before


def test_a_network_of_another_shape_is_no_damage(songs: Path, tmp_path: Path) -> None:
    """Its owner was told to delete the checkpoint, where an option was left out."""
    begun = replace(plan(songs, tmp_path / "out"), steps=20, workers=1)
    list(train(begun))
    with pytest.raises(TrainingError, match="begun with a network 8 wide, 1 deep, 4 frames a step"):
        list(train(replace(begun, shape=replace(TINY, width=16))))


def test_those_that_learn_apart_have_songs_of_their_own(
    apart: Plan, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = [np.full((2, 100), 0.5, np.float32)]
    for number in range(12):
        library.write(songs / f"more {number}", {"vocals": sound, "drums": sound})

    def parts(plan: Plan) -> list[set[str]]:
        return [{song.folder.name for song in apprentice._songs(plan, rank)} for rank in range(plan.learners)]

    everything = {song.folder.name for song in library.read(songs)}
    assert parts(apart) == [everything, everything]  # too few to be divided
    monkeypatch.setattr(apprentice, "_OWN", 3)
    first, second = parts(apart)
    assert first | second == everything
    assert not first & second
    assert parts(replace(apart, start=None)) == [everything, everything]  # these meet

    # Songs that come while they learn change nobody's part, and a stem that only one would have is heard by all.
    library.write(songs / "another", {"vocals": sound, "drums": sound})
    assert [part - {"another"} for part in parts(apart)] == [first, second]
    library.write(songs / "solo", {"guitar": sound})
    both = parts(replace(apart, info=replace(apart.info, sources=("vocals", "guitar", "band"))))
    assert both == [everything | {"another", "solo"}] * 2


def test_music_is_counted_by_who_heard_it(apart: Plan) -> None:
    """It was what the first process had heard, times their number."""
    table = Table(apart, multiprocessing.get_context("spawn").Barrier(2))
    table.tell(0, 0.5, 20)
    table.tell(1, 0.9, 60)
    assert table.steps() == 80
    assert table.least() == 0.5


def test_trouble_of_any_process_that_learns_apart_is_said(apart: Plan) -> None:
    run = train(replace(apart, steps=10**6))
    next(run)
    multiprocessing.active_children()[-1].kill()
    with pytest.raises(TrainingError, match="--resume"):
        list(run)
    apart.checkpoint_of(1).write_text("no checkpoint")
    with pytest.raises(TrainingError, match=r"mine\+1\.checkpoint can't be gone on from"):
        list(train(apart))
    # What another training left says nothing to one that begins.
    apart.checkpoint.unlink()
    run = train(apart)
    next(run)
    run.close()


def test_what_was_judged_after_the_last_checkpoint_is_not_twice_in_the_learning_curve(
    songs: Path, tmp_path: Path
) -> None:
    ended = replace(plan(songs, tmp_path / "out"), workers=1, validate_every=20)
    list(train(replace(ended, steps=20)))
    with ended.curve.open("a") as file:
        file.write('{"step": 40, "minutes": 99}\n{"st')  # the power was cut
    list(train(ended))
    rows = curve.read(ended.curve)
    assert [row["step"] for row in rows] == [0, 20, 40]
    assert rows[-1]["minutes"] < 99


def test_a_training_is_not_gone_on_with_for_other_stems(songs: Path, tmp_path: Path) -> None:
    """As many as before, so that all weights fit: each would be called like another."""
    begun = replace(plan(songs, tmp_path / "out"), steps=20, workers=1)
    list(train(begun))
    turned = replace(begun, steps=40, info=replace(begun.info, sources=("band", "vocals")))
    with pytest.raises(TrainingError, match="--sources vocals,band"):
        list(train(turned))


def test_what_was_begun_on_a_cpu_goes_on_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what an earlier version of ours began on one: neither checkpoint says how gradients are scaled."""

    def learner(half: torch.dtype | None) -> Learner:
        monkeypatch.setattr(learning, "_half", lambda _device: half)
        net = BandSplitNet(TINY, 2)
        return Learner(net, torch.device("cpu"), seed=1, rate=1e-3, keeps_memory=False)

    begun = {**learner(None).state(), "step": 20}
    assert begun["scaler"] == {}
    older = {key: value for key, value in begun.items() if key != "scaler"}
    for state in (begun, older):
        gpu = learner(torch.float16)
        gpu.restore(state)
        assert gpu.step == 20
        assert gpu.state()["scaler"]


@pytest.mark.parametrize(
    "trouble",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        torch.AcceleratorError("CUDA error: unspecified launch failure"),
        OSError(5, "Input/output error"),
        MemoryError(),
    ],
)
def test_trouble_of_a_machine_is_not_taken_for_a_damaged_checkpoint(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Else its owner is told to delete it."""
    ended = plan(songs, tmp_path / "out")
    ended.out.mkdir()
    torch.save({}, ended.checkpoint)

    def restore(_learner: Learner, _state: dict[str, object]) -> None:
        raise trouble

    monkeypatch.setattr(Learner, "restore", restore)
    learner = Learner(BandSplitNet(TINY, 2), torch.device("cpu"), 1, 1e-3, keeps_memory=False)
    with pytest.raises(type(trouble)):
        apprentice._resume(ended, 0, learner)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", bytes(5000), torch.zeros(2), {"net": {}}])
def test_a_damaged_checkpoint_is_named(songs: Path, tmp_path: Path, content: object) -> None:
    """Of some a process died, perhaps for lack of memory, as was said."""
    ended = plan(songs, tmp_path / "out")
    ended.out.mkdir()
    if isinstance(content, bytes):
        ended.checkpoint.write_bytes(content)
    else:
        torch.save(content, ended.checkpoint)
    learner = Learner(BandSplitNet(TINY, 2), torch.device("cpu"), 1, 1e-3, keeps_memory=False)
    with pytest.raises(TrainingError, match="can't be gone on from"):
        apprentice._resume(ended, 0, learner)


def spoil(checkpoint: Path, name: str) -> None:
    state = torch.load(checkpoint, weights_only=True)
    next(iter(state[name].values())).fill_(torch.nan)
    torch.save(state, checkpoint)


@pytest.mark.parametrize("name", ["net", "average"])
def test_a_checkpoint_whose_weights_are_no_numbers_is_not_gone_on_from(
    songs: Path, tmp_path: Path, name: str
) -> None:
    begun = replace(plan(songs, tmp_path / "out"), steps=20, workers=1)
    list(train(begun))
    spoil(begun.checkpoint, name)
    with pytest.raises(TrainingError, match="can't be gone on from"):
        list(train(replace(begun, steps=40)))


@pytest.mark.parametrize(("device", "start"), [("cpu", False), ("cpu", True), ("cpu:0", False)])
def test_a_training_that_goes_astray_says_so_and_leaves_what_it_had(
    apart: Plan, device: str, start: bool
) -> None:
    begun = replace(apart, steps=20, device=device, start=apart.start if start else None)
    list(train(begun))
    before = [path.read_bytes() for path in (begun.checkpoint, begun.result)]
    with pytest.raises(TrainingError, match=r"--resume and a lower --rate than 1e\+30") as caught:
        list(train(replace(begun, steps=40, rate=1e30)))
    assert caught.value.code == "astray"
    assert [path.read_bytes() for path in (begun.checkpoint, begun.result)] == before


def test_gradients_that_no_scale_makes_small_enough_are_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, where steps with such gradients are left out: nothing would be learned any more, without a word."""
    monkeypatch.setattr(learning, "_half", lambda _device: torch.float16)
    net = BandSplitNet(TINY, 2)
    learner = Learner(net, torch.device("cpu"), seed=1, rate=1e-3, keeps_memory=False)
    stems = torch.full((1, 2, 2, 7 * 1024), torch.nan)
    learner.learn(stems, 0.0)
    assert not learner.astray()  # it may be the scale
    for _ in range(19):
        learner.learn(stems, 0.0)
    assert learner.astray()


@pytest.mark.parametrize("words", ["CUDA out of memory.", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED"])
def test_a_full_gpu_is_told_in_a_line(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    def learn(_learner: Learner, _stems: torch.Tensor, _done: float) -> torch.Tensor:
        raise RuntimeError(words)

    def shorten(*_arguments: object) -> int:
        raise RuntimeError(words)

    monkeypatch.setattr(Learner, "learn", learn)
    monkeypatch.setattr(apprentice, "end_with_parent", lambda: None)
    full = replace(plan(songs, tmp_path / "out"), workers=1, held_out=songs)
    full.out.mkdir()
    messages: queue.Queue[apprentice.Message] = queue.Queue()
    table = apprentice.Table(full, multiprocessing.Barrier(1))
    apprentice.work(0, full, table, messages)  # type: ignore[arg-type]  # as good as one between processes
    told = messages.get_nowait()
    assert isinstance(told, ModelError)
    assert told.message.startswith("The memory of the GPU is full. Give a smaller --batch than 1")

    monkeypatch.setattr(memory, "shorten", shorten)
    with pytest.raises(ModelError) as caught:
        calibration.finish(full)
    assert caught.value.message.startswith(
        "The memory of the GPU is full. What was learned is kept: go on with --resume"
    )


@pytest.mark.parametrize(
    ("batch", "workers", "words"),
    [
        (10**10, 1, "Give a smaller --batch than 10000000000"),
        (1, 10**9, "Give fewer --workers or a smaller network"),
    ],
)
def test_more_than_any_memory_holds_is_told_in_a_line(
    batch: int, workers: int, words: str, songs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What NumPy and PyTorch say, in a process that learns and before there is one."""
    with pytest.raises(ModelError, match=f"The memory of this machine is full. {words}") as caught:
        list(train(replace(plan(songs, songs.parent / "out"), batch=batch, workers=workers)))
    assert caught.value.code == "out_of_memory"
    assert "Traceback" not in capfd.readouterr().err


def test_songs_to_judge_by_that_no_memory_holds_are_told_after_learning(songs: Path, tmp_path: Path) -> None:
    learned = replace(plan(songs, tmp_path / "out"), workers=1, steps=20)
    list(train(learned))
    about = json.loads((songs / "0/song.json").read_text())
    (songs / "0/song.json").write_text(json.dumps({**about, "samples": 10**15}))
    with pytest.raises(ModelError, match="What was learned is kept"):
        calibration.finish(replace(learned, held_out=songs))


def test_a_process_that_was_killed_is_said_and_how_to_go_on(songs: Path, tmp_path: Path) -> None:
    run = train(plan(songs, tmp_path / "out"))
    next(run)
    multiprocessing.active_children()[-1].kill()
    with pytest.raises(TrainingError, match="--resume"):
        list(run)


def test_one_training_of_a_name_at_a_time(songs: Path, tmp_path: Path) -> None:
    """Two wrote one checkpoint by turns."""
    begun = plan(songs, tmp_path / "out")
    with trainer.alone(begun):
        with (
            pytest.raises(TrainingError, match="mine is being trained already") as caught,
            trainer.alone(begun),
        ):
            pass
        assert caught.value.code == "name_taken"
        with trainer.alone(replace(begun, info=replace(begun.info, name="another"))):
            pass
    with trainer.alone(begun):
        pass


def test_an_ended_training_leaves_no_unpacked_songs(
    songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real songs to validate with: 20 MB a minute for each stem, where it was ended while they were read."""
    temporary, real = tmp_path / "temporary", tmp_path / "real"
    temporary.mkdir()
    for number in range(8):
        (real / str(number)).mkdir(parents=True)
        for stem in SOURCES:
            write(real / str(number) / f"{stem}.wav", noise(20 * RATE))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with ThreadPoolExecutor(1) as other:
        run = train(replace(plan(songs, tmp_path / "out"), workers=1, real=real))
        ended = other.submit(next, run)
        while not list(temporary.rglob("*.wav")):
            assert not ended.done()
            time.sleep(0.05)
        multiprocessing.active_children()[-1].kill()
        with pytest.raises(TrainingError, match="--resume"):
            ended.result()
    assert not list(temporary.rglob("*.wav"))


def test_a_stem_without_any_sound_is_refused(songs: Path, tmp_path: Path) -> None:
    info = ModelInfo("mine", "Mine", ("vocals", "guitar", "band"), "MIT", "A test.")
    with pytest.raises(TrainingError, match="guitar") as caught:
        list(train(Plan(info, (songs,), tmp_path / "out", steps=20, batch=1, frames=8)))
    assert caught.value.code == "no_songs"
