"""What can go wrong while songs are made or a model is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from separation.errors import SeparationError
from separation.runner import is_out_of_memory

# In what only a GPU says: CUDA, CUDNN_STATUS_..., CUBLAS_..., CUFFT_...
_OF_A_GPU = ("CU", "MPS")


class TrainingError(SeparationError):
    """Codes: missing_program, program_failed, worker_died, bad_sources, bad_name, bad_rate, bad_number, bad_shape,
    bad_start, name_taken, no_folder, same_songs, no_songs, bad_checkpoint, out_of_memory, astray."""


@contextmanager
def room(device: str, advice: str) -> Iterator[None]:
    """That a device or the machine is full becomes TrainingError `out_of_memory`, with what can be done."""
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not is_out_of_memory(error, torch.device(device)):
            raise
        # Beside a GPU, examples are made in the machine's memory and come through /dev/shm.
        own = isinstance(error, torch.OutOfMemoryError) or any(word in str(error) for word in _OF_A_GPU)
        message = f"The memory of {device if own and device != 'cpu' else 'this machine'} is full. {advice}"
        raise TrainingError("out_of_memory", message) from error
