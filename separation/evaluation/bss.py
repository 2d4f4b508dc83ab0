"""BSS Eval, version 4: what of an estimate is target, other stems and artefacts (Vincent, Gribonval & Févotte 2006).

As in SiSEC 2018 and the program museval (Stöter, Liutkus & Ito 2018): an estimate is projected on everything that
filters of 512 taps can make of the references, with the same filters for the whole song, and the energies of the parts
are compared in each second. Two passes over tapes, window by window, so that memory doesn't grow with the song.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from separation.evaluation.tape import Track

TAPS = 512
_SIZE = 1 << 15  # of the Fourier transforms that correlations are made with
_BLOCK = _SIZE - 2 * (TAPS - 1)
# Of a channel's own energy, added where filters are solved for: references that are mono, or have no highs, have many
# filters that do the same. So little changes nothing: SIR, SAR and ISR of references that were MP3 once, whose empty
# top is filled by filters without measure, are museval's to 0.01 dB (with 1e-10 they are 0.2 dB higher).
_RIDGE = 1e-13
Spectra = NDArray[np.complex128]


class References:
    """The stems as they were recorded, (2, samples) each and none of them silent; measures any number of estimates."""

    def __init__(self, tapes: Sequence[Track]) -> None:
        self._tapes = tapes
        self._channels = 2 * len(tapes)
        self.frames = max(tape.frames for tape in tapes)
        lags = _correlations(tapes, tapes, self.frames)  # of -511 to 511
        k = np.arange(TAPS)
        gram = lags[..., k[:, None] - k[None, :] + TAPS - 1]  # (channels, channels, taps, taps)
        gram = gram.transpose(0, 2, 1, 3).reshape(self._channels * TAPS, -1)
        self._all = _factor(gram)
        self._own = [_factor(gram[part, part]) for part in map(self._rows, range(len(tapes)))]

    def measure(self, estimates: Sequence[Track], window: int = 44_100) -> NDArray[np.float64]:
        """SDR, SIR, SAR and ISR in dB, (4, stems, windows), of one estimate for each reference.

        Windows follow one another; an end shorter than a window is left out, but a song that is shorter is one window.
        As museval does, a window in which any reference or estimate is silent has no figures: NaN."""
        window = min(window, self.frames)
        size = _fast_size(window + TAPS - 1)
        wanted = _correlations(self._tapes, estimates, self.frames)[
            ..., TAPS - 1 :
        ]  # (channels, channels, taps)
        right = wanted.transpose(0, 2, 1).reshape(self._channels * TAPS, -1)
        everything = self._filters(self._all, right, size)  # (channels, estimates' channels, bins)
        own = []
        for index, factor in enumerate(self._own):
            columns = slice(2 * index, 2 * index + 2)
            own.append(self._filters(factor, right[self._rows(index), columns], size))
        count = max(1, self.frames // window)
        found = np.full((4, len(estimates), count), np.nan)
        for number in range(count):
            references, sounds = (
                np.concatenate([tape.read(number * window, window) for tape in tapes]).astype(np.float64)
                for tapes in (self._tapes, estimates)
            )
            if not (_silent(references) or _silent(sounds)):
                found[..., number] = _measure(references, sounds, everything, own, size)
        return found

    def _rows(self, index: int) -> slice:
        return slice(2 * index * TAPS, 2 * (index + 1) * TAPS)

    @staticmethod
    def _filters(factor: torch.Tensor, right: NDArray[np.float64], size: int) -> Spectra:
        taps = torch.cholesky_solve(torch.from_numpy(np.ascontiguousarray(right)), factor).numpy()
        return np.fft.rfft(taps.reshape(-1, TAPS, right.shape[1]).transpose(0, 2, 1), size)


def _measure(
    references: NDArray[np.float64],
    estimates: NDArray[np.float64],
    everything: Spectra,
    own: Sequence[Spectra],
    size: int,
) -> NDArray[np.float64]:
    """(4, stems) of one window; sounds are (channels, samples), filters are spectra (from, to, bins)."""
    window = references.shape[1]
    spectra = np.fft.rfft(references, size)
    whole = np.fft.irfft(np.einsum("af,acf->cf", spectra, everything), size)[:, : window + TAPS - 1]
    figures = np.empty((4, len(own)))
    for index, filters in enumerate(own):
        pair = slice(2 * index, 2 * index + 2)
        target, estimate = (np.pad(sound[pair], ((0, 0), (0, TAPS - 1))) for sound in (references, estimates))
        image = np.fft.irfft(np.einsum("af,acf->cf", spectra[pair], filters), size)[:, : window + TAPS - 1]
        figures[:, index] = (
            _decibel(target, estimate - target),
            _decibel(image, whole[pair] - image),
            _decibel(whole[pair], estimate - whole[pair]),
            _decibel(target, image - target),
        )
    return figures


def _decibel(kept: NDArray[np.float64], error: NDArray[np.float64]) -> float:
    below = np.vdot(error, error)
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(np.vdot(kept, kept) / below)) if below else float("inf")


def _correlations(first: Sequence[Track], second: Sequence[Track], frames: int) -> NDArray[np.float64]:
    """(channels, channels, lags): the sums of first[n - lag] * second[n], lags from -511 to 511."""
    total = np.zeros((2 * len(first), 2 * len(second), _SIZE // 2 + 1), np.complex128)
    for start in range(0, frames, _BLOCK):
        around = np.concatenate([tape.read(start - TAPS + 1, _SIZE) for tape in first])
        inside = np.concatenate([tape.read(start, _BLOCK) for tape in second])
        a, b = (np.fft.rfft(x.astype(np.float64), _SIZE) for x in (around, inside))
        total += np.conj(a)[:, None] * b[None]
    # `around` begins 511 samples earlier than `inside`.
    turned = np.fft.irfft(total, _SIZE)
    return np.roll(turned, 2 * (TAPS - 1), -1)[..., : 2 * TAPS - 1]


def _factor(gram: NDArray[np.float64]) -> torch.Tensor:
    """The Cholesky factor of references' products, with as much of a ridge as it takes."""
    matrix = torch.from_numpy(np.ascontiguousarray(gram))
    energies = torch.diagonal(matrix).clone()
    ridge = _RIDGE
    while True:
        torch.diagonal(matrix).copy_(energies * (1 + ridge) + energies.max() * ridge**2)
        factor, failed = torch.linalg.cholesky_ex(matrix)
        if not failed:
            return cast(torch.Tensor, factor)
        ridge *= 10


def _silent(sounds: NDArray[np.float64]) -> bool:
    """Whether any stem has nothing but zeros, its channels taken together."""
    return not np.any(sounds[0::2] + sounds[1::2], axis=1).all()


def _fast_size(least: int) -> int:
    """The smallest size of a Fourier transform with no other factors than 2, 3 and 5."""
    return min(size for size in _smooth(2 * least) if size >= least)


def _smooth(limit: int) -> Iterator[int]:
    for two in range(limit.bit_length()):
        for three in range(limit.bit_length()):
            for five in range(limit.bit_length()):
                if (size := 2**two * 3**three * 5**five) <= limit:
                    yield size
