"""Separation without learning: three old ideas, one spectrogram, masks that sum to one.

- Drums are what is short and broad: median filters along time and along frequency (FitzGerald, "Harmonic/percussive
  separation using median filtering", 2010).
- The accompaniment repeats and the voice doesn't: each frame is compared with those around it, and the median of the
  most similar ones is what repeats (Rafii & Pardo, "Online REPET-SIM for real-time speech enhancement", 2013).
- Bass is the lowest octaves of what remains.
"""

import torch
from torch import Tensor

from separation import catalogue
from separation.models.base import ALL, Separate
from separation.models.median import median, sliding_median
from separation.models.stft import PIECE, STFT
from separation.statistics import Statistics

SIZE, HOP = 4096, 1024
MEDIAN = 17  # frames and bins, as in the paper
# The buffer of REPET-SIM reaches as far into the future as into the past, so that a song's first verse has a voice too.
BUFFER = 256  # frames on either side: 5.9 s
APART = 6  # similar frames are at least this far from each other and from the frame itself: 0.14 s
SIMILAR = 11  # so many of them vote
COMPARED = 1024  # bins that are compared, up to 11 kHz
BASS_HZ = (140.0, 280.0)  # below the first all bass, above the second none
VOICE_HZ = (120.0, 200.0)  # no voice below the first, as the REPET papers have it


class Classical:
    """The three ideas as a model for the pipeline. It knows only frames nearby, so chunks change nothing."""

    info = catalogue.get("classical")
    alignment = HOP
    chunk = 640 * HOP  # 15 s
    before = after = (BUFFER + MEDIAN + SIZE // HOP) * HOP  # 6.4 s
    fade = 4 * HOP
    batch = 4

    def __init__(self, device: torch.device) -> None:
        self.to(device)

    @property
    def device(self) -> torch.device:
        return self._stft.window.device

    def to(self, device: torch.device) -> None:
        self._stft = STFT(SIZE, HOP, device)
        hertz = torch.arange(self._stft.bins, device=device) * (self.info.sample_rate / SIZE)
        self._bass = 1 - _slope(hertz, *BASS_HZ)
        self._voice = _slope(hertz, *VOICE_HZ)

    def prepare(self, song: Statistics) -> Separate:  # noqa: ARG002  # needs no level
        return self._separate

    def _separate(self, mixture: Tensor, kept: slice = ALL) -> Tensor:
        """(batch, 2, samples) -> (batch, 4, 2, samples that are `kept`)."""
        return torch.stack([self._separate_one(sound, kept) for sound in mixture])

    def _separate_one(self, mixture: Tensor, kept: slice) -> Tensor:
        """(2, samples) -> (4, 2, samples that are `kept`)."""
        samples = mixture.shape[-1]
        spectrum = self._stft.forward(mixture[None])[0]  # (frames, 2, bins)
        # (frames, bins), both channels
        magnitude = torch.view_as_real(spectrum).square().sum(dim=(1, 3)).sqrt()
        similar = _similar_frames(magnitude)
        stems = self._stft.inverse(1, 3, 2, samples=samples, kept=kept)
        for piece in self._stft.pieces(samples, kept):
            drums = _percussive(magnitude, piece)
            voice = _voice(magnitude, similar, piece) * self._voice
            tonal = 1 - drums
            bass = tonal * self._bass
            vocals = (tonal - bass) * voice
            masks = torch.stack([vocals, drums, bass], dim=1)  # (frames, 3, bins)
            stems.add(piece, (spectrum[piece, None] * masks[:, :, None])[None])
        found = stems.sound()[0]
        return torch.cat([found, (mixture[:, kept] - found.sum(0))[None]])


def _percussive(magnitude: Tensor, piece: slice) -> Tensor:
    """Wiener mask of what is percussive in some frames: FitzGerald (2010), eq. 1, 2 and 5."""
    half = MEDIAN // 2
    low = max(0, piece.start - half)
    around = magnitude[low : piece.stop + half]
    harmonic = sliding_median(around, MEDIAN, dim=0)[piece.start - low :][: piece.stop - piece.start].square()
    percussive = sliding_median(magnitude[piece], MEDIAN, dim=1).square()
    return percussive / (harmonic + percussive + 1e-12)


def _similar_frames(magnitude: Tensor) -> Tensor:
    """For each frame the SIMILAR frames of its buffer that are most like it: indices (frames, SIMILAR).

    Similarity is the cosine (Rafii & Pardo 2013, eq. 1). Where there are too few, the frame itself stands in.
    """
    count = magnitude.shape[0]
    shape = torch.nn.functional.normalize(magnitude[:, :COMPARED], dim=1)
    place = torch.arange(count, device=magnitude.device)
    chosen = []
    for start in range(0, count, PIECE):
        here = place[start : start + PIECE, None]
        low, high = max(0, start - BUFFER), min(count, start + PIECE + BUFFER)
        there = place[None, low:high]
        likeness = shape[here[:, 0]] @ shape[low:high].T
        distance = (here - there).abs()
        likeness = likeness.masked_fill((distance < APART) | (distance > BUFFER), -1.0)
        summit = torch.nn.functional.max_pool1d(
            likeness[:, None], 2 * APART - 1, stride=1, padding=APART - 1
        )[:, 0]
        likeness = likeness.masked_fill(likeness < summit, -1.0)
        wanted = min(SIMILAR, likeness.shape[1])
        best, index = likeness.topk(wanted, dim=1)
        index = torch.where(best > 0, index + low, here)
        chosen.append(torch.cat([index, here.expand(-1, SIMILAR - wanted)], dim=1))
    return torch.cat(chosen)


def _voice(magnitude: Tensor, similar: Tensor, piece: slice) -> Tensor:
    """Soft mask of what doesn't repeat in some frames: Rafii & Pardo (2013), eq. 2 to 4."""
    own = magnitude[piece]
    repeating = median([magnitude[index] for index in similar[piece].unbind(1)])
    return 1 - torch.minimum(own, repeating) / (own + 1e-12)


def _slope(hertz: Tensor, low: float, high: float) -> Tensor:
    """0 below `low`, 1 above `high`, a raised cosine between."""
    place = ((hertz - low) / (high - low)).clamp(0, 1)
    return (1 - torch.cos(torch.pi * place)) / 2
