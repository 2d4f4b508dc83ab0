"""A model whose answer is known, for tests of what is around a model."""

import dataclasses

import torch
from torch import Tensor

from separation import catalogue
from separation.models.base import ALL, Separate
from separation.statistics import Statistics


class Toy:
    """Splits a song into its running mean over REACH samples on either side and the rest."""

    info = dataclasses.replace(catalogue.get("classical"), name="toy", sources=("low", "rest"))
    alignment = 64
    chunk = 64 * 40
    before = after = 64
    fade = 64 * 2
    batch = 1
    REACH = 20

    def __init__(self, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self.calls: list[tuple[int, ...]] = []

    @property
    def device(self) -> torch.device:
        return self._device

    def to(self, device: torch.device) -> None:
        self._device = device

    def prepare(self, song: Statistics) -> Separate:
        return self.separate

    def separate(self, mixture: Tensor, kept: slice = ALL) -> Tensor:
        """(batch, channels, samples) -> (batch, 2, channels, samples that are `kept`)."""
        self.calls.append(tuple(mixture.shape))
        size = 2 * self.REACH + 1
        low = torch.nn.functional.avg_pool1d(mixture, size, stride=1, padding=self.REACH)
        return torch.stack([low, mixture - low], dim=1)[..., kept]
