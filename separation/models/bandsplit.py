"""A small band-split recurrent network: masks for four stems from the magnitudes of a stereo mixture.

The architecture is that of Luo & Yu, "Music Source Separation with Band-Split RNN" (2023), cut down until a laptop
runs it tens of times faster than the music: real masks instead of complex ones, one network for all sources.
"""

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from separation import catalogue
from separation.catalogue import ModelInfo
from separation.errors import ModelError
from separation.models.base import ALL, Separate
from separation.models.stft import PIECE, STFT
from separation.models.weights import FOLDER, load_weights, read_metadata
from separation.statistics import Statistics

SIZE, HOP = 4096, 1024
FEATURES = 4  # left, right, mid, side
# (up to Hz, width in Hz): narrow bands where fundamentals are, wide ones above.
BANDS = ((600, 75), (1200, 100), (2400, 200), (4800, 400), (8000, 800), (12_000, 1333), (16_000, 2000))
TOP = 1487  # first bin above the bands, 16 kHz
COPIED = 64  # bins below TOP whose mean mask stands for all above
STRIDES = (1, 2, 4)  # that divide the pieces of the spectrogram and the chunks of the song
# Frames of which the first step is looked at, to hear which stems there are. A multiple of all strides.
LISTEN = 8
AROUND = 144  # frames before and after, 3.3 s, in which a stem must be heard
# dB of the mixture, weighed by `sure`; what a network finds of less is mostly what it guesses wrong.
_SOFT = -26.0
_STEEP, _DEEP = 0.6, 8.0  # what a logit loses for each dB below, and at most
_WIDEST, _DEEPEST = 1024, 32  # a file of weights may ask for no more


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a network. `stride` is how many frames of the spectrogram one step along time takes together: the
    LSTMs are most of the work, and two frames of 23 ms say little that one of 46 ms doesn't."""

    width: int = 64  # numbers that stand for one band at one step; the LSTMs remember as many
    depth: int = 10  # blocks
    stride: int = 2

    def __post_init__(self) -> None:
        if not (1 <= self.width <= _WIDEST and 1 <= self.depth <= _DEEPEST and self.stride in STRIDES):
            raise ValueError(f"no network has the shape {self}")

    def __str__(self) -> str:
        return f"{self.width} wide, {self.depth} deep, {self.stride} frames a step"

    @classmethod
    def parse(cls, text: str) -> "Shape":
        """The way back from `str`; raises ValueError."""
        match = re.fullmatch(r"(\d{1,4}) wide, (\d{1,4}) deep, (\d) frames a step", text)
        if match is None:
            raise ValueError(f"{text[:60]!r} isn't the shape of a network")
        return cls(*map(int, match.groups()))


STANDARD = Shape()
# Of bandsplit-1, whose file doesn't say it.
FIRST = Shape(width=48, depth=3, stride=1)


def band_edges() -> list[int]:
    """Edges of the bands in bins of 44,100 / 4,096 Hz; 36 bands up to 16 kHz."""
    hertz = catalogue.SAMPLE_RATE / SIZE
    edges = [0]
    for top, width in BANDS:
        while edges[-1] * hertz < top - 1:
            edges.append(min(max(edges[-1] + 1, round(edges[-1] + width / hertz)), TOP))
    return edges


class Recurrent(nn.Module):
    """Layer normalisation, a bidirectional LSTM along the first axis or the second, and a way past both (residual)."""

    def __init__(self, width: int, axis: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, width, batch_first=axis == 1, bidirectional=True)
        self.out = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(any, steps, width) or (steps, any, width) -> the same shape."""
        y, _ = self.lstm(self.norm(x))
        return cast(Tensor, x + self.out(y))


class Block(nn.Module):
    """One LSTM along time, shared by all bands, then one along the bands, shared by all times."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.time = Recurrent(width, axis=1)
        self.band = Recurrent(width, axis=0)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, bands, frames, width) -> the same shape."""
        x = self.time(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        # Bands first: of a single piece that moves nothing in memory.
        across = x.transpose(0, 1)
        across = self.band(across.flatten(1, 2)).unflatten(1, across.shape[1:3])
        return cast(Tensor, across.transpose(0, 1))


class BandSplitNet(nn.Module):
    """Log magnitudes of L, R, M and S -> one logit per source, channel and bin up to 16 kHz.

    In three steps, since only the middle one needs the whole window at once.
    """

    def __init__(self, shape: Shape = STANDARD, sources: int = 4) -> None:
        super().__init__()
        # On a GPU cuDNN's LSTMs would round to TF32: stems agreed with those of a CPU to 79 dB instead of 114, and a
        # training couldn't tell how long a memory is. PyTorch has one switch for all of a process.
        torch.backends.cudnn.allow_tf32 = False
        self.shape, self.sources = shape, sources
        width, stride = shape.width, shape.stride
        edges = band_edges()
        self.spans = list(pairwise(edges))
        sizes = [high - low for low, high in self.spans]
        self.split = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(stride * FEATURES * size), nn.Linear(stride * FEATURES * size, width))
            for size in sizes
        )
        self.blocks = nn.ModuleList(Block(width) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(width)
        self.merge = nn.ModuleList(
            nn.Sequential(
                nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, stride * sources * 2 * size)
            )
            for size in sizes
        )

    def encode(self, features: Tensor) -> Tensor:
        """(batch, frames, FEATURES, TOP) -> (batch, bands, steps, width), of `shape.stride` frames each.

        Looks at each step alone; silence is added to the last one where frames are missing."""
        missing = -features.shape[1] % self.shape.stride
        padded = nn.functional.pad(features, (0, 0, 0, 0, 0, missing))
        steps = padded.reshape(len(features), -1, self.shape.stride, *features.shape[2:])
        bands = zip(self.split, self.spans, strict=True)
        return torch.stack([band(steps[..., low:high].flatten(2)) for band, (low, high) in bands], dim=1)

    def think(self, x: Tensor) -> Tensor:
        """(batch, bands, steps, width) -> the same shape; the only part that looks along time."""
        for block in self.blocks:
            x = block(x)
        return x

    def decode(self, x: Tensor, frames: int) -> Tensor:
        """(batch, bands, steps, width) -> (batch, frames, sources, 2, TOP). Looks at each step alone.

        `frames` is how many went into the steps."""
        x = self.norm(x)
        bands = zip(self.merge, x.unbind(1), strict=True)
        found = [band(one).unflatten(-1, (self.shape.stride, self.sources, 2, -1)) for band, one in bands]
        return torch.cat(found, dim=-1).flatten(1, 2)[:, :frames]


class BandSplit:
    """The network as a model for the pipeline: normalised by the level of the whole song, masks that sum to one."""

    chunk = 1200 * HOP
    before = after = 240 * HOP  # 5.6 s: streaming and the whole song agree above 60 dB
    fade = 8 * HOP
    batch = 4

    def __init__(self, net: BandSplitNet, device: torch.device, info: ModelInfo) -> None:
        self.info = info
        # The same frames share a step, and are looked at, in every piece of a song.
        self.alignment = LISTEN * HOP
        self._net = net.eval().requires_grad_(requires_grad=False)
        self.to(device)

    @classmethod
    def load(cls, info: ModelInfo, device: torch.device, folder: Path = FOLDER) -> "BandSplit":
        """The model with its weights: those that come with Stemlink, or another folder's."""
        net = BandSplitNet(read_shape(info.name, folder), len(info.sources))
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

        def separate(mixture: Tensor, kept: slice = ALL) -> Tensor:
            return self._separate(mixture, kept, level)

        return separate

    def _separate(self, mixture: Tensor, kept: slice, level: float) -> Tensor:
        """(batch, 2, samples) -> (batch, sources, 2, samples that are `kept`)."""
        batch, channels, samples = mixture.shape
        spectrum = self._stft.forward(mixture)  # (batch, frames, 2, bins)
        x = torch.cat(
            [
                self._net.encode(features(spectrum[:, piece, :, :TOP], level))
                for piece in self._stft.pieces(samples)
            ],
            dim=2,
        )
        x = self._net.think(x)
        absent = self._absent(x, spectrum[..., :TOP])
        # The masks sum to one, so the last stem is what the others leave; that saves a quarter of the way back.
        stems = self._stft.inverse(batch, self._net.sources - 1, channels, samples=samples, kept=kept)
        stride = self._net.shape.stride
        for piece in self._stft.pieces(samples, kept):
            steps = x[:, :, piece.start // stride : -(-piece.stop // stride)]
            logits = self._net.decode(steps, piece.stop - piece.start).float() - absent[:, piece]
            masks = torch.softmax(logits, dim=2)[:, :, :-1]
            above = (
                masks[..., -COPIED:].mean(-1, keepdim=True).expand(*masks.shape[:-1], self._stft.bins - TOP)
            )
            masks = torch.cat([masks, above], dim=-1)
            stems.add(piece, spectrum[:, piece, None] * masks)
        found = stems.sound()
        return torch.cat([found, (mixture[..., kept] - found.sum(1)).unsqueeze(1)], dim=1)

    def _absent(self, x: Tensor, spectrum: Tensor) -> Tensor:
        """What `absent` takes from the logits: (batch, frames, sources, 1, 1), from what comes out of `think`."""
        stride, frames = self._net.shape.stride, spectrum.shape[1]
        energies, wholes = [], []
        # PIECE steps that are looked at, LISTEN frames apart, of which each holds `stride` frames.
        for first in range(0, frames, LISTEN * PIECE):
            places = range(first, min(frames, first + LISTEN * PIECE), LISTEN)
            steps = x[:, :, places.start // stride : -(-places.stop // stride) : LISTEN // stride]
            masks = torch.softmax(self._net.decode(steps, len(places) * stride).float(), dim=2)[:, ::stride]
            power = spectrum[:, places.start : places.stop : LISTEN].abs().square()
            energies.append(sure(masks, power[:, :, None]).sum((3, 4)))
            wholes.append(power.sum((2, 3)))
        lost = absent(torch.cat(energies, dim=1), torch.cat(wholes, dim=1), AROUND // LISTEN)
        return lost.repeat_interleave(LISTEN, dim=1)[:, :frames, :, None, None]


def sure(masks: Tensor, power: Tensor) -> Tensor:
    """How much of the mixture's power belongs to a stem beyond doubt: by the eighth power of the mask, where its energy
    goes by the second. A mask of a half counts as -24 dB, one of 0.9 as -4."""
    return masks.pow(8) * power


def absent(energies: Tensor, whole: Tensor, around: int) -> Tensor:
    """What stems that aren't there lose of their logits: (batch, frames, sources), 0 and more.

    A network that looks at sound alone always finds a little of everything. But of a stem that isn't there it is never
    sure: what it is sure of, beside the whole, in the frame and `around` it on both sides tells whether there is such a
    stem at all, better than how much it finds (docs/embedded-model.md). `energies` (batch, frames, sources) are those
    of the stems as `sure` weighs them, `whole` (batch, frames) of the mixture."""

    def near(sums: Tensor) -> Tensor:
        across = nn.functional.avg_pool1d(
            sums.transpose(1, 2), 2 * around + 1, stride=1, padding=around, count_include_pad=False
        )
        return across.transpose(1, 2)

    least = 1e-12 * whole.amax(1)[:, None, None] + 1e-20
    heard = 10 * torch.log10((near(energies) + least) / (near(whole[:, :, None]) + least))
    return (_STEEP * (_SOFT - heard)).clamp(0, _DEEP)


def read_shape(name: str, folder: Path) -> Shape:
    """The shape of the network whose weights are in `folder`; raises ModelError `bad_weights`."""
    text = read_metadata(name, folder).get("shape", str(FIRST))
    try:
        return Shape.parse(text)
    except ValueError as error:
        message = f"The weights of {name} can't be used: {error}."
        raise ModelError("bad_weights", message) from error


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
