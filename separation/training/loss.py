"""What the network is asked to make small."""

from typing import Any, cast

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

_FLOOR = 10**-2.5  # of the mixture's energy: errors below it are as good as none
# What leaks into a silent stem is up to 25 dB of error, where a sounding one wins a few: with the same weight the net
# learns to say nothing (measured: silence at -35 dB, and vocals of a real song from 6.2 to 0.5 dB in 200 steps).
_SILENT = 0.35
_MAGNITUDES = 4.0  # weight of the second term of the loss
_SMALL = 1e-4  # magnitudes below it, beside the mixture's mean, are as good as none
# What is no number stays so, for `Learner.astray` to find. Divisions that ask for zero first take twice the time.
_compiled = njit(cache=True, error_model="numpy", fastmath={"reassoc", "nsz", "arcp", "contract", "afn"})


def loss(masks: Tensor, stems: Tensor, mixture: Tensor) -> tuple[Tensor, Tensor]:
    """Masks (batch, frames, sources, 2, bins), complex stems alike and mixture (batch, frames, 2, bins).

    Gives the loss and the mean error of each source in dB against silence. Two terms: the energy of the error of each
    stem in dB, with a floor that also makes sense for silent stems, and the distance of square-rooted magnitudes, in
    which the weak highs count. On a CPU in one pass over the numbers and with its own gradient: what `plain` does in
    some thirty passes took a fifth of a training step."""
    if masks.device.type != "cpu":
        return plain(masks, stems, mixture)
    found = _Fused.apply(masks, stems, mixture)  # type: ignore[no-untyped-call]  # PyTorch gives `apply` no types
    return cast(tuple[Tensor, Tensor], found)


def plain(masks: Tensor, stems: Tensor, mixture: Tensor) -> tuple[Tensor, Tensor]:
    """The same in PyTorch's words. No complex number carries a gradient: |mX - S|² = m²|X|² - 2m Re(X* S) + |S|²."""
    mixture = mixture[:, :, None]
    with torch.no_grad():
        power = mixture.real.square() + mixture.imag.square()
        cross = 2 * (stems.real * mixture.real + stems.imag * mixture.imag)
        energy = stems.real.square() + stems.imag.square()
        each = energy.sum((1, 3, 4))
        whole = power.sum((1, 2, 3, 4))
        level = power.mean((1, 2, 3, 4), keepdim=True).sqrt() + 1e-8
        wanted = (energy.sqrt() / level + _SMALL).sqrt()
        size = power.sqrt() / level
    error = ((masks * power - cross) * masks).sum((1, 3, 4)) + each
    decibel, weight = _decibel(error, each, whole)
    distance = ((masks * size + _SMALL).sqrt() - wanted).abs().mean()
    return (weight * decibel).mean() + _MAGNITUDES * distance, decibel.detach().mean(0)


def _decibel(error: Tensor, each: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
    """Energies (batch, sources), (batch, sources), (batch,) -> error against silence in dB, and its weight."""
    whole = whole[:, None] + 1e-6
    decibel = 10 * torch.log10((error.clamp(min=0) + _FLOOR * whole) / (each + _FLOOR * whole))
    return decibel, torch.where(each < 1e-3 * whole, _SILENT, 1.0)


class _Fused(torch.autograd.Function):
    """`plain` for tensors in the memory of the CPU; only the masks get a gradient."""

    @staticmethod
    def forward(ctx: Any, masks: Tensor, stems: Tensor, mixture: Tensor) -> tuple[Tensor, Tensor]:
        m, s, x = masks.detach().contiguous().numpy(), stems.numpy(), mixture.numpy()
        error, each, whole = (torch.from_numpy(sums) for sums in _energies(m, s, x))
        level = np.sqrt(whole.numpy() / x[0].size) + 1e-8
        with torch.enable_grad():  # through the few numbers that are left, PyTorch finds the way itself
            error.requires_grad_()
            decibel, weight = _decibel(error, each, whole)
            total = (weight * decibel).mean()
            (slope,) = torch.autograd.grad(total, error)
        gradient = np.empty_like(m)
        share = _MAGNITUDES / m.size
        distance = _gradient(m, s, x, slope.numpy(), level, np.float32(share), np.float32(_SMALL), gradient)
        ctx.gradient = torch.from_numpy(gradient)
        errors = decibel.detach().mean(0).float()
        ctx.mark_non_differentiable(errors)
        return (total.detach() + share * distance).float(), errors

    @staticmethod
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor, None, None]:
        return ctx.gradient * given[0], None, None


@_compiled
def _energies(
    masks: NDArray[np.float32], stems: NDArray[np.complex64], mixture: NDArray[np.complex64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of the errors and the stems (batch, sources), and of the mixture (batch,)."""
    batch, frames, sources, channels, bins = masks.shape
    error, each, whole = np.zeros((batch, sources)), np.zeros((batch, sources)), np.zeros(batch)
    for b in range(batch):
        for t in range(frames):
            for c in range(channels):
                x = mixture[b, t, c]
                power = np.float32(0)
                for f in range(bins):
                    power += x[f].real * x[f].real + x[f].imag * x[f].imag
                whole[b] += power
                for k in range(sources):
                    m, s = masks[b, t, k, c], stems[b, t, k, c]
                    wrong = own = np.float32(0)
                    for f in range(bins):
                        real, imag = m[f] * x[f].real - s[f].real, m[f] * x[f].imag - s[f].imag
                        wrong += real * real + imag * imag
                        own += s[f].real * s[f].real + s[f].imag * s[f].imag
                    error[b, k] += wrong
                    each[b, k] += own
    return error, each, whole


@_compiled
def _gradient(
    masks: NDArray[np.float32],
    stems: NDArray[np.complex64],
    mixture: NDArray[np.complex64],
    slope: NDArray[np.float64],
    level: NDArray[np.float64],
    share: np.float32,
    small: np.float32,
    out: NDArray[np.float32],
) -> float:
    """Fills `out`, of the shape of the masks; returns the sum of distances. `slope` is that of the loss over the energy
    of an error, `share` that over a distance."""
    batch, frames, sources, channels, bins = masks.shape
    half, two = np.float32(0.5), np.float32(2)
    total = 0.0
    for b in range(batch):
        scale = np.float32(1 / level[b])
        for t in range(frames):
            for c in range(channels):
                x = mixture[b, t, c]
                for k in range(sources):
                    m, s, o = masks[b, t, k, c], stems[b, t, k, c], out[b, t, k, c]
                    steep, distance = np.float32(slope[b, k]), np.float32(0)
                    for f in range(bins):
                        xr, xi, sr, si = x[f].real, x[f].imag, s[f].real, s[f].imag
                        size = np.sqrt(xr * xr + xi * xi) * scale
                        wanted = np.sqrt(np.sqrt(sr * sr + si * si) * scale + small)
                        root = np.sqrt(m[f] * size + small)
                        off = root - wanted
                        distance += abs(off)
                        away = share if off > 0 else -share
                        energy = two * (xr * (m[f] * xr - sr) + xi * (m[f] * xi - si))
                        o[f] = steep * energy + away * half * size / root
                    total += float(distance)
    return total
