"""A GPU without room: smaller batches, then the CPU, and it says so."""

import numpy as np
import pytest
import torch

from separation import runner
from separation.errors import ModelError
from separation.models.base import ALL
from separation.runner import Runner
from separation.statistics import Statistics
from tests.separation.sounds import noise
from tests.separation.toy import Toy

SONG = Statistics(frames=1000, peak=1, rms=0.1)


class Crowded(Toy):
    """Holds `room` pieces at once, until it is moved."""

    batch = 8

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.moved: list[str] = []

    def to(self, device: torch.device) -> None:
        self.moved.append(device.type)
        self.room = 100
        super().to(device)

    def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
        if mixture.shape[0] > self.room:
            raise torch.OutOfMemoryError("no room")
        return super().separate(mixture, kept)


def crowded(room: int, notices: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Runner, Crowded]:
    """A runner whose model seems to be on another device until it is moved to the CPU."""
    model = Crowded(room)
    device = property(lambda self: torch.device(self.moved[-1] if self.moved else "mps"))
    monkeypatch.setattr(Crowded, "device", device)
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *args, **kwargs: self)
    return Runner(model, SONG, notices.append), model


@pytest.mark.parametrize("full", [set(), {"mps"}, {"mps", "cpu"}])
def test_a_model_for_which_a_device_has_no_room_is_loaded_on_the_cpu(
    full: set[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load_model(_name: str, device: str) -> Toy:
        if device in full:
            raise RuntimeError("MPS backend out of memory" if device == "mps" else "can't allocate memory")
        return Toy(device)

    monkeypatch.setattr(runner, "pick_device", torch.device)
    monkeypatch.setattr(runner, "load_model", load_model)
    notices: list[str] = []
    if "cpu" in full:
        with pytest.raises(ModelError, match="not enough memory for toy") as caught:
            runner.load("toy", "mps", notices.append)
        assert (caught.value.code, caught.value.retry) == ("out_of_memory", True)
    else:
        assert runner.load("toy", "mps", notices.append).device.type == ("cpu" if full else "mps")
    assert ["memory of mps is full" in notice for notice in notices] == [True] * bool(full)
    assert caplog.messages == []  # a terminal shows both: it was said twice


def test_a_worker_finds_in_its_log_that_a_device_has_no_room(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load_model(_name: str, device: str) -> Toy:
        if device == "mps":
            raise RuntimeError("MPS backend out of memory")
        return Toy(device)

    monkeypatch.setattr(runner, "pick_device", torch.device)
    monkeypatch.setattr(runner, "load_model", load_model)
    runner.load("toy", "mps")
    assert caplog.messages == ["The memory of mps is full; toy is loaded on the CPU, which is slower."]


def test_another_trouble_with_a_model_is_no_full_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_model(_name: str, _device: str) -> Toy:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(runner, "load_model", load_model)
    with pytest.raises(RuntimeError, match="unspecified"):
        runner.load("toy", "cpu")


@pytest.mark.parametrize("room", [8, 4, 3, 1])
def test_it_halves_the_batch_until_it_fits(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    runner, model = crowded(room, notices, monkeypatch)
    pieces = [noise(100, seed=seed) for seed in range(8)]
    results = runner(pieces)
    assert len(results) == 8
    assert not model.moved
    for piece, stems in zip(pieces, results, strict=True):
        np.testing.assert_allclose(stems.sum(axis=0), piece, atol=1e-6)
    assert runner.batch <= room
    assert bool(notices) == (room < 8)
    assert all("full" in notice for notice in notices)


def test_it_goes_to_the_cpu_when_not_even_one_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    runner, model = crowded(0, notices, monkeypatch)
    assert len(runner([noise(100)] * 3)) == 3
    assert model.moved == ["cpu"]
    assert "CPU" in notices[-1]
    runner.close()
    assert model.moved == ["cpu", "mps"]


def test_no_room_on_the_cpu_is_an_error() -> None:
    with pytest.raises(ModelError) as caught:
        Runner(Crowded(0), SONG)([noise(100)])
    assert caught.value.code == "out_of_memory"
    assert caught.value.retry


def test_a_device_that_is_still_full_in_the_end_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    runner, model = crowded(0, [], monkeypatch)
    runner([noise(100)])

    def full(device: torch.device) -> None:
        if device.type != "cpu":
            raise torch.OutOfMemoryError("no room")
        Toy.to(model, device)

    monkeypatch.setattr(model, "to", full)
    runner.close()
    assert model.device.type == "cpu"


def test_full_memory_is_recognised_on_the_cpu_as_well() -> None:
    class Greedy(Toy):
        def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
            return torch.empty(1 << 50)

    with pytest.raises(ModelError) as caught:
        Runner(Greedy(), SONG)([noise(100)])
    assert (caught.value.code, caught.value.retry) == ("out_of_memory", True)


@pytest.mark.parametrize(
    "words",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuFFT error: CUFFT_ALLOC_FAILED",
    ],
)
def test_a_full_gpu_is_recognised_whoever_asked_for_its_memory(words: str) -> None:
    class Full(Toy):
        def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
            raise RuntimeError(words)

    with pytest.raises(ModelError) as caught:
        Runner(Full(), SONG)([noise(100)])
    assert caught.value.code == "out_of_memory"


@pytest.mark.parametrize(
    ("detail", "device", "free", "full"),
    [
        ("", "cuda:1", 200 << 20, True),
        ("", "cuda:1", 20 << 30, False),
        ("", "cpu", 0, False),
        ("_COMPILATION_FAILED", "cuda:1", 200 << 20, False),
    ],
)
def test_an_internal_error_of_cudnn_is_a_full_gpu_where_it_is_full(
    detail: str, device: str, free: int, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it is the driver, say, and no smaller batch helps."""
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda on: (free if str(on) == "cuda:1" else 0, 80 << 30))
    error = RuntimeError(f"cuDNN error: CUDNN_STATUS_INTERNAL_ERROR{detail}")
    assert runner.is_out_of_memory(error, torch.device(device)) == full


def test_a_gpu_that_does_not_say_what_it_has_is_not_called_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_device: torch.device) -> None:
        raise RuntimeError("CUDA error: unknown error")

    monkeypatch.setattr(torch.cuda, "mem_get_info", broken)
    error = RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR")
    assert not runner.is_out_of_memory(error, torch.device("cuda"))


def test_what_else_goes_wrong_is_no_lack_of_memory() -> None:
    class Broken(Toy):
        def separate(self, mixture: torch.Tensor, kept: slice = ALL) -> torch.Tensor:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal"):
        Runner(Broken(), SONG)([noise(100)])
