"""One step of learning: stems in, a better network out."""

from typing import Any

import torch
from torch import Tensor, nn

from separation.models.bandsplit import HOP, SIZE, TOP, BandSplitNet, features
from separation.models.stft import STFT
from separation.training import mastering, memory
from separation.training.loss import loss

_DYNAMICS = 5.0  # dB, of an excerpt against its song
_WARM_UP = 60  # steps
_STEADY = 0.998  # of the moving average of weights
_STEEPEST = 5.0  # gradients are clipped at
_EVERY = 3  # steps, a short memory is asked for: it takes nearly as long as all else


class Learner:
    """The network while it learns, with its optimiser and the moving average of its weights."""

    def __init__(
        self, net: BandSplitNet, device: torch.device, seed: int, rate: float, *, keeps_memory: bool
    ) -> None:
        """`rate` is the highest learning rate, after the warm-up; `keeps_memory` holds the forget gates as they are."""
        self.net = net.to(device).train()
        self.device = device
        self.seed = seed
        self._half = _half(device)
        # What is far below one is nothing in float16: gradients are made large, and small again.
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half == torch.float16)
        self._rate = rate
        self.step = 0
        self.average = {key: value.detach().clone() for key, value in net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-2)
        self._stft = STFT(SIZE, HOP, device)
        self._hold = memory.hold(self.net) if keeps_memory else None

    def learn(self, stems: Tensor, done: float) -> Tensor:
        """Takes (batch, sources, 2, samples); `done` is the part of the training that lies behind, 0 to 1.

        Returns the error of each source in dB (below 0: better than silence), on the device: to read it is to wait."""
        generator = torch.Generator(self.device).manual_seed(self.seed * 1_000_003 + self.step)
        self.step += 1
        cosine = 0.5 * (1 + torch.cos(torch.tensor(min(1.0, done) * torch.pi)).item())
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate * min(1, self.step / _WARM_UP) * (0.01 + 0.99 * cosine)
        with torch.no_grad():
            spectra = self._stft.forward(stems.to(self.device).float().flatten(0, 1))
            spectra = spectra.view(*stems.shape[:2], *spectra.shape[1:])
            spectra, mixture = mastering.spectral(spectra, generator)
            # Whole songs are normalised by their level, and an excerpt may be a quiet verse or the last chorus.
            level = mixture.abs().square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-8
            level *= 10 ** (
                torch.randn(level.shape, generator=generator, device=self.device) * _DYNAMICS / 20
            )
            spectra, mixture = spectra[..., :TOP].transpose(1, 2), mixture[..., :TOP]
            seen = features(mixture, level)
        with torch.autocast(self.device.type, dtype=self._half, enabled=self._half is not None):
            logits = self.net.decode(self.net.think(self.net.encode(seen)), seen.shape[1])
        total, errors = loss(torch.softmax(logits.float(), dim=2), spectra, mixture)
        self.optimiser.zero_grad()
        torch.autograd.backward(self._scaler.scale(total))
        self._scaler.unscale_(self.optimiser)
        if self.step % _EVERY == 0:
            self._shorten(seen, mixture.abs().square())
        nn.utils.clip_grad_norm_(self.net.parameters(), _STEEPEST)
        self._scaler.step(self.optimiser)
        self._scaler.update()
        if self._hold:
            self._hold()
        keep = min(_STEADY, self.step / (self.step + 20))
        values = self.net.state_dict()
        torch._foreach_lerp_(list(self.average.values()), [values[key] for key in self.average], 1 - keep)
        return errors

    def _shorten(self, seen: Tensor, power: Tensor) -> None:
        """Adds to the gradient that of a memory which is too long; never in half precision (40 to 60 dB).

        Up to ten times as steep as the loss, it would drown what the examples teach: it is clipped alone."""
        long = memory.shortness(self.net, seen, power, before=self.step % 2 == 0)
        values = list(self.net.parameters())
        steep = torch.autograd.grad(long, values, allow_unused=True, materialize_grads=True)
        slope = torch.nn.utils.get_total_norm(steep)
        for value, part in zip(values, steep, strict=True):
            if value.grad is not None:
                value.grad += part * (_STEEPEST / (slope + 1e-6)).clamp(max=1)

    def astray(self) -> bool:
        """Whether a weight is no number any more that the result could hold, in half precision, or gradients are too
        large for float16 however small they are made. Neither ever becomes right again."""
        weights = [*self.net.parameters(), *self.average.values()]
        fine = torch.stack([value.detach().half().isfinite().all() for value in weights]).all()
        return not fine.item() or self._scaler.get_scale() < 1

    def state(self) -> dict[str, Any]:
        """Everything that is needed to go on exactly."""
        return {
            "net": self.net.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "scaler": self._scaler.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """The way back from `state`."""
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        if scaler := state.get("scaler"):  # none in older checkpoints, and nothing in those of a CPU
            self._scaler.load_state_dict(scaler)
        self.average = {key: value.to(self.device) for key, value in state["average"].items()}
        self.step = int(state["step"])


def _half(device: torch.device) -> torch.dtype | None:
    """The half precision that takes less time than single precision; None where none does.

    cuDNN's LSTMs know float16 alone. On one core with AMX a step with bfloat16 takes 0.65 times as long, on an AMD EPYC
    whose AVX-512 knows bfloat16 0.6 times, on one with AVX-512 alone 1.35 times."""
    if device.type != "cpu":
        return torch.float16
    known = torch.cpu.get_capabilities()
    return torch.bfloat16 if known.get("amx_bf16") or known.get("avx512_bf16") else None
