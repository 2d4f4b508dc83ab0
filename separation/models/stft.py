"""The short-time Fourier transform that the models share: time first, in pieces that stay in the cache."""

from collections.abc import Iterator

import torch
from torch import Tensor

from separation.models.base import ALL

# Frames transformed at once. Large tensors cost more in fresh pages than in arithmetic: on a window of 26 s going back
# piece by piece took a thirtieth of what torch.istft did.
PIECE = 64
GRID = 8  # frames; every piece begins at a multiple of it


class STFT:
    """Centred short-time Fourier transform with a periodic Hann window; zeros surround the sound.

    Frame t is centred on sample t * hop, so that the frames of a piece which starts at a multiple of `hop` lie on the
    grid of the whole song. `hop` divides `size`, and the overlap is at least 75 %: with less, the last samples of a
    song would hang on the thin end of one window.
    """

    def __init__(self, size: int, hop: int, device: torch.device | str = "cpu") -> None:
        if size % hop or size < 4 * hop:
            raise ValueError("the hop must divide the window at least four times")
        self.size, self.hop, self.bins = size, hop, size // 2 + 1
        self.window = torch.hann_window(size, device=device)

    def count(self, samples: int) -> int:
        """How many frames `samples` have."""
        return samples // self.hop + 1

    def pieces(self, samples: int, kept: slice = ALL) -> Iterator[slice]:
        """The frames that reach into those of the `samples` that are `kept`, PIECE at a time."""
        frames = self.reaching(samples, kept)
        return (slice(first, min(first + PIECE, frames.stop)) for first in frames[::PIECE])

    def reaching(self, samples: int, kept: slice) -> range:
        """The frames whose windows hold some of the samples that are `kept`, and a few before."""
        first, last, _ = kept.indices(samples)
        half = self.size // 2
        low = max(0, first - half) // self.hop
        return range(low - low % GRID, min(self.count(samples), -(-(last + half) // self.hop)))

    def forward(self, sound: Tensor) -> Tensor:
        """(batch, channels, samples) -> complex (batch, frames, channels, bins)."""
        half = self.size // 2
        frames = torch.nn.functional.pad(sound, (half, half)).unfold(-1, self.size, self.hop).transpose(1, 2)
        spectrum = torch.empty(*frames.shape[:-1], self.bins, dtype=torch.complex64, device=sound.device)
        for piece in self.pieces(sound.shape[-1]):
            spectrum[:, piece] = torch.fft.rfft(frames[:, piece] * self.window)
        return spectrum

    def inverse(self, *shape: int, samples: int, kept: slice = ALL) -> "Inverse":
        """The way back for those of (*shape, samples) that are `kept`, to be filled piece by piece."""
        return Inverse(self, shape, samples, kept)


class Inverse:
    """The least-squares inverse (Griffin & Lim 1984, eq. 6), fed with frames in pieces."""

    def __init__(self, stft: STFT, shape: tuple[int, ...], samples: int, kept: slice) -> None:
        self._stft = stft
        self._kept = kept.indices(samples)
        self._frames = stft.reaching(samples, kept)
        self._parts = stft.size // stft.hop
        length = len(self._frames) + self._parts - 1
        self._blocks = torch.zeros(*shape, length, stft.hop, device=stft.window.device)

    def add(self, piece: slice, spectrum: Tensor) -> None:
        """Adds the frames `piece`: complex (batch, frames, *shape[1:], bins)."""
        frames = torch.fft.irfft(spectrum, n=self._stft.size).mul_(self._stft.window)
        self._overlap_add(frames.movedim(1, -2), self._blocks[..., piece.start - self._frames.start :, :])

    def sound(self) -> Tensor:
        """(*shape, samples that are kept) of all frames that were added."""
        stft = self._stft
        envelope = torch.zeros_like(self._blocks[(0,) * (self._blocks.dim() - 2)])
        self._overlap_add((stft.window**2).expand(len(self._frames), stft.size), envelope)
        # Outside of what is kept the envelope falls to nothing, and those samples are cut.
        self._blocks /= envelope.clamp_(min=1e-6)
        first, last, _ = self._kept
        before = self._frames.start * stft.hop - stft.size // 2  # where the first frame's window begins
        return self._blocks.flatten(-2)[..., first - before : last - before]

    def _overlap_add(self, frames: Tensor, blocks: Tensor) -> None:
        count = frames.shape[-2]
        for part in range(self._parts):
            start = part * self._stft.hop
            blocks[..., part : part + count, :] += frames[..., start : start + self._stft.hop]
