"""What the pipeline asks of a model, whatever its architecture."""

from typing import Protocol

import torch
from torch import Tensor

from separation.catalogue import ModelInfo
from separation.statistics import Statistics

ALL = slice(None)


class Separate(Protocol):
    """A model that was set up for one song."""

    def __call__(self, mixture: Tensor, kept: slice = ALL) -> Tensor:
        """Pieces of the song, (batch, channels, samples) -> (batch, sources, channels, samples that are `kept`).

        What lies around these is only listened to: nothing is worked out that would be thrown away. `kept` begins at
        a multiple of the model's `alignment`."""
        ...


class Model(Protocol):
    """A separation model that works on pieces of a song.

    The pipeline cuts a song into chunks and gives the model each chunk with what surrounds it, clipped to the song.
    All lengths are in frames of `info.sample_rate`, and multiples of `alignment`, so that every piece starts on the
    same grid of spectrogram frames as the whole song does.
    """

    info: ModelInfo
    alignment: int  # hop of the model's spectrogram; 1 where it has none
    chunk: int  # what a piece brings forward
    before: int  # context on the left that a chunk needs, thrown away afterwards
    after: int  # the same on the right
    fade: int  # neighbouring chunks overlap by this and are cross-faded
    batch: int  # pieces that the device likes to take at once

    @property
    def device(self) -> torch.device:
        """Where the model is now."""
        ...

    def to(self, device: torch.device) -> None:
        """Moves the model; a `prepare` made before keeps working."""
        ...

    def prepare(self, song: Statistics) -> Separate:
        """The model set up for one song. Safe to call from several threads at once; keeps no state between pieces.

        The sources come in the order of `info.sources`. They should sum to what went in; what little is missing
        the pipeline adds to the last source.
        """
        ...
