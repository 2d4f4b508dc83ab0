"""What is done to the whole mix, in ways that leave the stems summing to it: every factor goes to all stems alike."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from separation.training import effects
from separation.training.score import Random
from separation.training.sound import RATE

Stems = NDArray[np.float32]  # (sources, 2, samples)


def bus(rng: Random, stems: Stems) -> Stems:
    """A concert's room, compression, loudness-war limiting, mono, at random; in time, before the spectrogram."""
    if rng.random() < 0.06:  # all recorded together, from some way off
        stems = effects.reverb(rng, stems, wettest=1.2, longest=2.5)
    if rng.random() < 0.08:
        stems = stems.mean(1, keepdims=True).repeat(2, 1)
    mix = stems.sum(0)
    rms = float(np.sqrt((mix**2).mean())) + 1e-6
    if rng.random() < 0.35:
        settings = (rng.uniform(1.5, 5), rng.uniform(0.002, 0.03), rng.uniform(0.05, 0.4))
        gain = effects.compression(mix, rms * rng.uniform(0.8, 2), *settings)
        stems, mix = stems * gain, mix * gain
    if rng.random() < 0.3:  # a clipper: the gain of tanh at each sample
        hot = mix * np.float32(rng.uniform(0.15, 0.8) / rms) + np.float32(1e-9)
        stems = stems * (np.tanh(hot) / hot)
    return np.asarray(stems, np.float32)


def spectral(stems: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Complex stems (batch, sources, frames, 2, bins) -> stems and mixture as a listener gets them.

    A random equaliser per stem and per mix; old recordings without highs and lows; lossy coding, which drops what is
    weak beside its neighbours and adds noise to the rest (the noise is in the mixture alone)."""
    batch, sources, _, _, bins = stems.shape
    device = stems.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, device=device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, device=device)

    f = torch.arange(bins, device=device)
    place = torch.log2(f + 1.0) / np.log2(bins) * 7
    index = place.long().clamp(max=6)
    part = place - index
    knots = normal(batch, sources, 8) * 4 * (uniform(batch, sources, 1) < 0.6) + normal(batch, 1, 8) * 2.5
    decibel = knots[..., index] * (1 - part) + knots[..., index + 1] * part  # (batch, sources, bins)
    gain = 10 ** (decibel / 20)
    hertz = f * (RATE / 2 / (bins - 1))
    old = (uniform(batch, 1, 1) < 0.07).float()
    highest, lowest = 3000 + 5000 * uniform(batch, 1, 1), 60 + 140 * uniform(batch, 1, 1)
    narrow = 1 / (1 + (hertz / highest) ** 8) / (1 + (lowest / hertz.clamp(min=1)) ** 4)
    gain = gain * (1 - old + old * narrow)
    stems = stems * gain[:, :, None, None, :]
    coded = uniform(batch) < 0.2
    mixture = stems.sum(1)
    if coded.any():
        power = mixture.abs().square()
        cutoff = 11_000 + 8_000 * uniform(batch, 1, 1, 1)
        around = torch.nn.functional.avg_pool1d(
            power.flatten(0, 1), 33, 1, 16, count_include_pad=False
        ).view_as(power)
        strength = 10 ** (
            -1.2 - 2.5 * uniform(batch, 1, 1, 1)
        )  # bins 12 to 37 dB below their surroundings are dropped
        kept = (power > around * strength) & (hertz < cutoff)
        kept = kept | ~coded[:, None, None, None]
        stems = stems * kept[:, None]
        amount = 0.3 * strength.sqrt() * around.sqrt() * coded[:, None, None, None] * kept
        mixture = stems.sum(1) + amount * torch.complex(normal(*power.shape), normal(*power.shape))
    return stems, mixture
