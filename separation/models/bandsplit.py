"""A small band-split recurrent network: masks for four stems from the magnitudes of a stereo mixture.

The architecture is that of Luo & Yu, "Music Source Separation with Band-Split RNN" (2023), cut down until a laptop
runs it tens of times faster than the music: real masks instead of complex ones, one network for all sources.
"""

import math
from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from separation import catalogue
from separation.catalogue import ModelInfo
from separation.models.base import Separate
from separation.models.stft import STFT
from separation.models.weights import FOLDER, load_weights
from separation.statistics import Statistics

SIZE, HOP = 4096, 1024
FEATURES = 4  # left, right, mid, side
# (up to Hz, width in Hz): narrow bands where fundamentals are, wide ones above.
BANDS = ((600, 75), (1200, 100), (2400, 200), (4800, 400), (8000, 800), (12_000, 1333), (16_000, 2000))
TOP = 1487  # first bin above the bands, 16 kHz
COPIED = 64  # bins below TOP whose mean mask stands for all above


def band_edges() -> list[int]:
    """Edges of the bands in bins of 44,100 / 4,096 Hz; 36 bands up to 16 kHz."""
    hertz = catalogue.SAMPLE_RATE / SIZE
    edges = [0]
    for top, width in BANDS:
        while edges[-1] * hertz < top - 1:
            edges.append(min(max(edges[-1] + 1, round(edges[-1] + width / hertz)), TOP))
    return edges


class Recurrent(nn.Module):
    """Layer normalisation, a bidirectional LSTM along the second axis, and a way past both (residual)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, steps, width) -> the same shape."""
        y, _ = self.lstm(self.norm(x))
        return cast(Tensor, x + self.out(y))


class Block(nn.Module):
    """One LSTM along time, shared by all bands, then one along the bands, shared by all times."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.time = Recurrent(width, hidden)
        self.band = Recurrent(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, bands, frames, width) -> the same shape."""
        x = self.time(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        across = x.transpose(1, 2)
        across = self.band(across.flatten(0, 1)).unflatten(0, across.shape[:2])
        return cast(Tensor, across.transpose(1, 2))


class BandSplitNet(nn.Module):
    """Log magnitudes of L, R, M and S -> one logit per source, channel and bin up to 16 kHz.

    In three steps, since only the middle one needs the whole window at once.
    """

    def __init__(self, width: int = 48, hidden: int = 48, depth: int = 3, sources: int = 4) -> None:
        super().__init__()
        self.sources = sources
        edges = band_edges()
        self.spans = list(pairwise(edges))
        sizes = [high - low for low, high in self.spans]
        self.split = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(FEATURES * size), nn.Linear(FEATURES * size, width)) for size in sizes
        )
        self.blocks = nn.ModuleList(Block(width, hidden) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.merge = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, sources * 2 * size))
            for size in sizes
        )

    def encode(self, features: Tensor) -> Tensor:
        """(batch, frames, FEATURES, TOP) -> (batch, bands, frames, width). Looks at each frame alone."""
        bands = zip(self.split, self.spans, strict=True)
        return torch.stack([band(features[..., low:high].flatten(2)) for band, (low, high) in bands], dim=1)

    def think(self, x: Tensor) -> Tensor:
        """(batch, bands, frames, width) -> the same shape; the only part that looks along time."""
        for block in self.blocks:
            x = block(x)
        return x

    def decode(self, x: Tensor) -> Tensor:
        """(batch, bands, frames, width) -> (batch, frames, sources, 2, TOP). Looks at each frame alone."""
        x = self.norm(x)
        bands = zip(self.merge, x.unbind(1), strict=True)
        return torch.cat([band(one).unflatten(-1, (self.sources, 2, -1)) for band, one in bands], dim=-1)


class BandSplit:
    """The network as a model for the pipeline: normalised by the level of the whole song, masks that sum to one."""

    alignment = HOP
    # 11 s: twice as much takes 1.6 times the memory and saves 7 % of the time.
    chunk = 480 * HOP
    before = after = 132 * HOP  # 3.07 s: streaming and the whole song agree above 60 dB
    fade = 4 * HOP
    batch = 4

    def __init__(self, net: BandSplitNet, device: torch.device, info: ModelInfo) -> None:
        self.info = info
        self._net = net.eval().requires_grad_(requires_grad=False)
        self.to(device)

    @classmethod
    def load(cls, info: ModelInfo, device: torch.device, folder: Path = FOLDER) -> "BandSplit":
        """The model with its weights: those that come with Stemlink, or another folder's."""
        net = BandSplitNet(sources=len(info.sources))
        load_weights(net, info.name, folder)
        return cls(net, device, info)

    @property
    def device(self) -> torch.device:
        return self._stft.window.device

    def to(self, device: torch.device) -> None:
        self._net.to(device)
        self._stft = STFT(SIZE, HOP, device)

    def prepare(self, song: Statistics) -> Separate:
        level = magnitude(song.rms)

        def separate(mixture: Tensor) -> Tensor:
            return self._separate(mixture, level)

        return separate

    def _separate(self, mixture: Tensor, level: float) -> Tensor:
        """(batch, 2, samples) -> (batch, sources, 2, samples)."""
        batch, channels, samples = mixture.shape
        pieces = list(self._stft.pieces(samples))
        spectrum = self._stft.forward(mixture)  # (batch, frames, 2, bins)
        x = torch.cat(
            [self._net.encode(features(spectrum[:, piece, :, :TOP], level)) for piece in pieces], dim=2
        )
        x = self._net.think(x)
        # The masks sum to one, so the last stem is what the others leave; that saves a quarter of the way back.
        stems = self._stft.inverse(batch, self._net.sources - 1, channels, samples=samples)
        for piece in pieces:
            masks = torch.softmax(self._net.decode(x[:, :, piece]).float(), dim=2)[:, :, :-1]
            above = (
                masks[..., -COPIED:].mean(-1, keepdim=True).expand(*masks.shape[:-1], self._stft.bins - TOP)
            )
            masks = torch.cat([masks, above], dim=-1)
            stems.add(piece, spectrum[:, piece, None] * masks)
        found = stems.sound()
        return torch.cat([found, (mixture - found.sum(1)).unsqueeze(1)], dim=1)


def magnitude(rms: float) -> float:
    """Root mean square of the spectrogram's magnitudes over all bins and frames, from that of the samples (Parseval).

    A Hann window keeps 3/8 of the energy, and half of the spectrum is looked at.
    """
    return rms * math.sqrt(SIZE * SIZE * 3 / 8 / 2 / (SIZE // 2 + 1)) + 1e-8


def features(spectrum: Tensor, level: float | Tensor) -> Tensor:
    """Complex (batch, frames, 2, TOP) -> log magnitudes (batch, frames, FEATURES, TOP); `level` from `magnitude`."""
    left, right = spectrum.unbind(2)
    views = torch.stack([left, right, (left + right) * 0.5**0.5, (left - right) * 0.5**0.5], dim=2)
    return torch.log1p(views.abs() * (10 / level))
