"""One step of learning: stems in, a better network out."""

import torch
from torch import Tensor, nn

from separation.models.bandsplit import HOP, SIZE, TOP, BandSplitNet, features
from separation.models.stft import STFT
from separation.training import mastering

_FLOOR = 10**-2.5  # of the mixture's energy: errors below it are as good as none
# What leaks into a silent stem is up to 25 dB of error, where a sounding one wins a few: with the same weight the net
# learns to say nothing (measured: silence at -35 dB, and vocals of a real song from 6.2 to 0.5 dB in 200 steps).
_SILENT = 0.35
_MAGNITUDES = 4.0  # weight of the second term of the loss
_DYNAMICS = 5.0  # dB, of an excerpt against its song
_WARM_UP = 60  # steps
_STEADY = 0.998  # of the moving average of weights


def loss(masks: Tensor, stems: Tensor, mixture: Tensor) -> tuple[Tensor, Tensor]:
    """Masks (batch, frames, sources, 2, TOP), complex stems alike and mixture (batch, frames, 1, 2, TOP).

    Gives the loss and the mean error of each source in dB against silence. Two terms: the energy of the error of each
    stem in dB, with a floor that also makes sense for silent stems, and the distance of square-rooted magnitudes, in
    which the weak highs count. No complex number carries a gradient: |mX - S|² = m²|X|² - 2m Re(X* S) + |S|²."""
    with torch.no_grad():
        power = mixture.real.square() + mixture.imag.square()
        cross = 2 * (stems.real * mixture.real + stems.imag * mixture.imag)
        energy = stems.real.square() + stems.imag.square()
        each = energy.sum((1, 3, 4))
        whole = power.sum((1, 2, 3, 4))[:, None] + 1e-6
        level = power.mean((1, 2, 3, 4), keepdim=True).sqrt() + 1e-8
        wanted = (energy.sqrt() / level + 1e-4).sqrt()
        size = power.sqrt() / level
    error = ((masks * power - cross) * masks).sum((1, 3, 4)) + each
    decibel = 10 * torch.log10((error.clamp(min=0) + _FLOOR * whole) / (each + _FLOOR * whole))
    weight = torch.where(each < 1e-3 * whole, _SILENT, 1.0)
    distance = ((masks * size + 1e-4).sqrt() - wanted).abs().mean()
    return (weight * decibel).mean() + _MAGNITUDES * distance, decibel.detach().mean(0)


class Learner:
    """The network while it learns, with its optimiser and the moving average of its weights."""

    def __init__(self, net: BandSplitNet, device: torch.device, seed: int, rate: float) -> None:
        """`rate` is the highest learning rate, after the warm-up."""
        self.net = net.to(device).train()
        self.device = device
        self.seed = seed
        self._rate = rate
        self.step = 0
        self.average = {key: value.detach().clone() for key, value in net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-2)
        self._stft = STFT(SIZE, HOP, device)

    def learn(self, stems: Tensor, done: float) -> list[float]:
        """Takes (batch, sources, 2, samples); `done` is the part of the training that lies behind, 0 to 1.

        Returns the error of each source in dB (below 0: better than silence)."""
        generator = torch.Generator(self.device).manual_seed(self.seed * 1_000_003 + self.step)
        self.step += 1
        cosine = 0.5 * (1 + torch.cos(torch.tensor(min(1.0, done) * torch.pi)).item())
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate * min(1, self.step / _WARM_UP) * (0.01 + 0.99 * cosine)
        with torch.no_grad():
            spectra = self._stft.forward(stems.to(self.device).flatten(0, 1))
            spectra = spectra.view(*stems.shape[:2], *spectra.shape[1:])
            spectra, mixture = mastering.spectral(spectra, generator)
            # Whole songs are normalised by their level, and an excerpt may be a quiet verse or the last chorus.
            level = mixture.abs().square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-8
            level *= 10 ** (
                torch.randn(level.shape, generator=generator, device=self.device) * _DYNAMICS / 20
            )
            spectra, mixture = spectra[..., :TOP].transpose(1, 2), mixture[..., :TOP]
            seen = features(mixture, level)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            logits = self.net.decode(self.net.think(self.net.encode(seen)), seen.shape[1])
        total, errors = loss(torch.softmax(logits.float(), dim=2), spectra, mixture[:, :, None])
        self.optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        keep = min(_STEADY, self.step / (self.step + 20))
        for key, value in self.net.state_dict().items():
            self.average[key].lerp_(value, 1 - keep)
        return [float(error) for error in errors]

    def state(self) -> dict[str, object]:
        """Everything that is needed to go on exactly."""
        return {
            "net": self.net.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, object]) -> None:
        """The way back from `state`."""
        self.net.load_state_dict(state["net"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.average = {key: value.to(self.device) for key, value in state["average"].items()}  # type: ignore[attr-defined]
        self.step = int(state["step"])  # type: ignore[call-overload]
