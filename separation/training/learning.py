"""One step of learning: stems in, a better network out."""

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
        self._half = _half_pays(device)
        self._rate = rate
        self.step = 0
        self.average = {key: value.detach().clone() for key, value in net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-2)
        self._stft = STFT(SIZE, HOP, device)
        self._hold = memory.hold(self.net) if keeps_memory else None

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
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._half):
            logits = self.net.decode(self.net.think(self.net.encode(seen)), seen.shape[1])
        total, errors = loss(torch.softmax(logits.float(), dim=2), spectra, mixture)
        self.optimiser.zero_grad()
        # Never in bfloat16, whose rounding is 40 dB.
        if self.step % _EVERY == 0:
            long = memory.shortness(self.net, seen, mixture.abs().square(), before=self.step % 2 == 0)
            torch.autograd.backward(long)
            # Up to ten times as steep as the loss, it would drown what the examples teach.
            nn.utils.clip_grad_norm_(self.net.parameters(), _STEEPEST)
        torch.autograd.backward(total)
        nn.utils.clip_grad_norm_(self.net.parameters(), _STEEPEST)
        self.optimiser.step()
        if self._hold:
            self._hold()
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


def _half_pays(device: torch.device) -> bool:
    """Whether bfloat16 takes less time than single precision: of a step on one core with AMX 0.65 times as long, on
    one with AVX-512 alone 1.35 times."""
    return device.type != "cpu" or bool(torch.cpu.get_capabilities().get("amx_bf16"))
