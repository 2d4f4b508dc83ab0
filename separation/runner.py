"""Running a model on its device, and what to do when its memory is full."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from separation.errors import ModelError
from separation.models import Model, pick_device
from separation.models import load as load_model
from separation.models.base import ALL
from separation.statistics import Statistics

logger = logging.getLogger(__name__)

# How a lack of memory is said by CPU and MPS, by the system and NumPy, and by what allocates on a GPU itself: cuBLAS,
# cuFFT and cuDNN.
_FULL = (
    *("out of memory", "can't allocate memory", "not enough memory"),
    *("Cannot allocate memory", "Unable to allocate", "unable to allocate"),
    *("ALLOC_FAILED", "ALLOCATION_FAILED"),
)
# What cuDNN says where there is no room for its kernels, which take up to 500 MB (pytorch/pytorch#81620), and of many
# other things, as of a driver that is too old.
_PERHAPS = re.compile(r"CUDNN_STATUS_INTERNAL_ERROR\b")
_KERNELS = 1 << 30
# In what only a GPU says: CUDA, CUDNN_STATUS_..., CUBLAS_..., CUFFT_...
_OF_A_GPU = ("CU", "MPS")


def load(name: str, device: str, notice: Callable[[str], None] | None = None) -> Model:
    """The model of that name on that device, or on the CPU while a GPU's memory is full, which is said as below.

    Raises ModelError: what `separation.models.load` does, or `out_of_memory`.
    """
    chosen = pick_device(device)
    try:
        return load_model(name, device)
    except RuntimeError as error:
        if not is_out_of_memory(error, chosen):
            raise
        if chosen.type == "cpu":
            message = f"There is not enough memory for {name}; try again when the machine has less to do."
            raise ModelError("out_of_memory", message, retry=True) from error
    _say(f"The memory of {chosen} is full; {name} is loaded on the CPU, which is slower.", notice)
    return load(name, "cpu")


class Runner:
    """A model set up for one song. When a GPU runs out of memory it goes on with smaller batches, then on the CPU,
    and says so through `notice`, or in the log where there is none.
    """

    def __init__(self, model: Model, song: Statistics, notice: Callable[[str], None] | None = None) -> None:
        self._model = model
        self._home = model.device
        self._separate = model.prepare(song)
        self._notice = notice
        self.batch = 1 if model.device.type == "cpu" else model.batch

    def __call__(self, pieces: list[NDArray[np.float32]], kept: slice = ALL) -> list[NDArray[np.float32]]:
        """Pieces (channels, samples) of one length -> as many (sources, channels, samples that are `kept`)."""
        done: list[NDArray[np.float32]] = []
        while len(done) < len(pieces):
            batch = torch.from_numpy(np.stack(pieces[len(done) : len(done) + self.batch]))
            try:
                done.extend(self._run(batch, kept))
            except RuntimeError as error:
                if not is_out_of_memory(error, self._model.device):
                    raise
                self._make_room(error)
        return done

    def close(self) -> None:
        """Takes the model back to its own device, for the next song, if there is room again."""
        if self._model.device != self._home:
            try:
                self._model.to(self._home)
            except RuntimeError as error:
                if not is_out_of_memory(error, self._home):
                    raise
                self._model.to(torch.device("cpu"))  # all of it, as before

    def _run(self, batch: Tensor, kept: slice) -> NDArray[np.float32]:
        with torch.inference_mode():
            stems = self._separate(batch.to(self._model.device), kept)
            return cast(NDArray[np.float32], stems.to("cpu", torch.float32).numpy())

    def _make_room(self, error: RuntimeError) -> None:
        device = self._model.device
        if device.type == "cpu":
            message = (
                "There is not enough memory to separate this song; try again when the machine has less to do."
            )
            raise ModelError("out_of_memory", message, retry=True) from error
        if device.type == "cuda":
            torch.cuda.empty_cache()
        if self.batch > 1:
            self.batch //= 2
            _say(f"The memory of {device} is full; going on with batches of {self.batch}.", self._notice)
        else:
            self._model.to(torch.device("cpu"))
            _say(f"The memory of {device} is full; going on more slowly on the CPU.", self._notice)


def _say(message: str, notice: Callable[[str], None] | None) -> None:
    (notice or logger.warning)(message)


@contextmanager
def room(device: str = "cpu", advice: str = "Try again when the machine has less to do.") -> Iterator[None]:
    """For what runs where nobody would look into a log: that `device` or the machine is full becomes ModelError
    `out_of_memory`, with what can be done."""
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not is_out_of_memory(error, torch.device(device)):
            raise
        # Beside a GPU, examples are made in the machine's memory and come through /dev/shm.
        own = isinstance(error, torch.OutOfMemoryError) or any(word in _words(error) for word in _OF_A_GPU)
        full = ("the GPU" if device == "cpu" else device) if own else "this machine"
        message = f"The memory of {full} is full. {advice}"
        raise ModelError("out_of_memory", message) from error


def is_out_of_memory(error: Exception, device: torch.device) -> bool:
    """Whether there is no room, on `device` or in the machine. PyTorch has an exception for that, but only its own
    allocator on CUDA raises it."""
    words = _words(error)
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or any(word in words for word in _FULL):
        return True
    return bool(_PERHAPS.search(words)) and device.type == "cuda" and _free(device) < _KERNELS


def _words(error: Exception) -> str:
    """What it says, without the name of a file."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _free(device: torch.device) -> float:
    """Bytes of a GPU that nobody has, not even PyTorch in reserve; as good as endless where it doesn't say."""
    try:
        return torch.cuda.mem_get_info(device)[0]
    except RuntimeError:
        return inf
