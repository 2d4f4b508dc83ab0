"""How long the network remembers: no longer than what a stream shows it.

A stream gives the network a window at a time, with some seconds before and after it. An example is no longer than
these, so that nothing in it teaches what to do with a memory of what was minutes ago. Left alone, some units
of the LSTMs along time become switches that stay as they are: after 3,000 steps stream and whole song agreed to 39 dB.
So a short memory is asked for with the rest (`shortness`), and what units know too much in the end is taken from them
(`shorten`). A network that learns on from there keeps its forget gates (`hold`).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from separation.catalogue import SAMPLE_RATE, ModelInfo
from separation.evaluation import metrics
from separation.models.bandsplit import HOP, SIZE, TOP, BandSplit, BandSplitNet, Block, features, magnitude
from separation.models.stft import STFT
from separation.statistics import measure
from separation.windows import windows

# Frames, 3.2 s, after which the network is asked to know no more: a stream shows it 5.6 s, an example 4.4 s.
# A multiple of all strides.
REACH = 136
_SHARE, _LEAST = 8, 2  # one example of eight is enough, but not one alone
_AGREE = 68.0  # dB, what is asked for; more is as good
_WEIGHT = 0.03  # of a dB that is missing
_LONGEST = 30 * SAMPLE_RATE  # of a song that is looked at in the end
_TOGETHER = 3  # songs in a row: what the one before leaves behind is part of what a unit may know
_ALIKE = 7e-4  # of what units say, at most 1: the most that a window of a stream may make of a difference
_FAITHFUL = 66.0  # dB to which the stems of a stream agree with those of the whole song in the end
_HARDLY = -25.0  # dB of the mixture: no stem is fainter when it is asked how well it agrees
_LOOKS = 4  # at songs in which they don't
_ROUNDS = 24  # for a block
_LEADING = 3.0  # units with a third of the highest excess are closed, too

_State = tuple[Tensor, Tensor]  # h and c of an LSTM, (2 directions, batch * bands, width)
_Pass = Callable[[Any, tuple[Tensor, ...]], tuple[Tensor, _State]]


def shortness(net: BandSplitNet, seen: Tensor, power: Tensor, *, before: bool) -> Tensor:
    """What is added to the loss for the dB that `agreement` lacks; nothing where excerpts are too short to tell."""
    if seen.shape[1] <= REACH:
        return seen.new_zeros((), requires_grad=True)
    some = max(_LEAST, len(seen) // _SHARE)
    found = agreement(net, seen[:some], power[:some], before=before)
    return _WEIGHT * (_AGREE - found).clamp(min=0).mean()


def agreement(net: BandSplitNet, seen: Tensor, power: Tensor, *, before: bool) -> Tensor:
    """How well the stems of each excerpt agree, in dB by source, with those that it has beside another one.

    The other is the one before it in the batch (itself where it is alone), and comes earlier (`before`: the LSTMs that
    go forwards still know it) or later (those that go backwards do); what is looked at is `REACH` away from the seam.
    `seen` are features (batch, frames, FEATURES, TOP), `power` (batch, frames, 2, TOP) is that of the mixture."""
    frames, stride = seen.shape[1], net.shape.stride
    lstms = [block.time.lstm for block in _blocks(net)]
    states: list[_State] = []
    x = net.encode(seen)
    with ExitStack() as hooks:
        for lstm in lstms:
            hooks.callback(lstm.register_forward_hook(lambda _, __, out: states.append(out[1])).remove)
        once = net.think(x)
    with ExitStack() as hooks:
        for lstm, state in zip(lstms, states, strict=True):
            beside = [value.roll(value.shape[1] // len(seen), dims=1) for value in state]
            hooks.callback(lstm.register_forward_pre_hook(_from(beside, 0 if before else 1)).remove)
        again = net.think(x)
    far = slice(REACH, frames) if before else slice(0, frames - REACH)
    steps = slice(far.start // stride, -(-far.stop // stride))
    one, other = (
        torch.softmax(net.decode(y[:, :, steps], far.stop - far.start).float(), dim=2) for y in (once, again)
    )
    size = power[:, far, None]
    error = ((one - other).square() * size).sum((0, 1, 3, 4))
    energy = (one.detach().square() * size).sum((0, 1, 3, 4))
    return 10 * torch.log10((energy + 1e-12) / (error + 1e-9 * energy + 1e-12))


def hold(net: BandSplitNet) -> Callable[[], None]:
    """What is returned puts the forget gates of the LSTMs along time back to what they are now.

    To be called after each step of learning: a network whose memory was shortened would open them again."""
    gates = [_forgetting(value) for block in _blocks(net) for value in block.time.lstm.parameters()]
    held = [gate.clone() for gate in gates]

    def put_back() -> None:
        for gate, before in zip(gates, held, strict=True):
            gate.copy_(before)

    return put_back


def shorten(
    net: BandSplitNet,
    info: ModelInfo,
    mixtures: Sequence[NDArray[np.float32]],
    progress: Callable[[float], None] = lambda _done: None,
) -> int:
    """Closes the forget gates of units that say something else in a whole song than in a stream, step by step.

    To close the gates of all units alike cost SDR where this costs little. A difference in one band of one window is
    little among all that a unit says and may still be heard: songs whose stems then differ are looked at again, twice
    as closely. Songs are (2, samples); returns in how many rounds. How many looks it takes nobody knows before: of what
    is left for `progress` to hear, each is a half."""
    groups = [
        np.concatenate([mixture[:, :_LONGEST] for mixture in mixtures[first : first + _TOGETHER]], axis=1)
        for first in range(0, len(mixtures), _TOGETHER)
    ]
    rounds, alike = 0, _ALIKE
    for look in range(_LOOKS):

        def tell(done: float, look: int = look) -> None:
            progress(1 - (1 - done / 2) / 2**look)

        rounds += _shorten(net, info, groups, alike, tell)
        groups = [group for group in groups if _fidelity(net, info, group) < _FAITHFUL]
        if not groups:
            break
        alike /= 2
    progress(1.0)
    return rounds


def _shorten(
    net: BandSplitNet,
    info: ModelInfo,
    groups: Sequence[NDArray[np.float32]],
    alike: float,
    progress: Callable[[float], None],
) -> int:
    """Until no unit differs by more than `alike`; block by block, since what one remembers is heard by the next."""
    songs = [_Streamed(net, info, group) for group in groups]
    rounds, blocks = 0, list(_blocks(net))
    for number, block in enumerate(blocks):
        for count in range(_ROUNDS):
            progress((number + count / _ROUNDS) / len(blocks))
            unlike = torch.stack([song.unlike(block) for song in songs]).amax(0)
            if (unlike <= alike).all():
                break
            _close(block.time.lstm, unlike / alike)
            rounds += 1
        for song in songs:
            song.go_through(block)
    return rounds


@torch.inference_mode()
def _fidelity(net: BandSplitNet, info: ModelInfo, mixture: NDArray[np.float32]) -> float:
    """SDR in dB of the stems of a stream against those of the whole song; of the stem where it is least. A stem that is
    hardly there counts as if it were 25 dB below the mixture."""
    model = BandSplit(net, next(net.parameters()).device, info)
    separate, sound = model.prepare(measure(mixture)), torch.from_numpy(mixture)[None].to(model.device)
    whole = separate(sound)[0].cpu().numpy()
    error = np.zeros(len(whole))
    for window in windows(mixture.shape[1], model):
        part = separate(sound[:, :, window.low : window.high], window.kept)[0].cpu().numpy()
        new = part[:, :, : window.stop - window.start]
        error += np.square(new - whole[:, :, window.start : window.stop], dtype=np.float64).sum((1, 2))
    least = metrics.energy(mixture) * 10 ** (_HARDLY / 10)
    stems = zip(whole, error, strict=True)
    return min(metrics.decibel(max(least, metrics.energy(stem)), float(lost)) for stem, lost in stems)


def _close(lstm: nn.LSTM, excess: Tensor) -> None:
    """Lowers the forget gates of the units (2 * width) with the highest `excess` above 1; others only hear them.

    Weights shrink and biases fall, since a lower bias alone doesn't help where what is heard holds a gate open."""
    excess = torch.where(excess > max(1.0, float(excess.max()) / _LEADING), excess, 0)
    for name, value in lstm.named_parameters():
        mine = excess.chunk(2)[name.endswith("_reverse")].to(value.device)
        long, much = mine > 1, (mine / 10).clamp(max=1)  # near the aim a little is enough
        gate = _forgetting(value)
        smaller = 1 - long * (0.03 + 0.15 * much)
        gate.mul_(smaller[:, None] if gate.dim() > 1 else smaller)
        if name.startswith("bias_ih"):
            gate.sub_(long * (0.05 + 0.25 * much))


def _forgetting(value: nn.Parameter) -> Tensor:
    """The part of an LSTM's weights or biases that is the forget gates', to be read and written."""
    return value.data.chunk(4)[1]  # PyTorch keeps them in the order input, forget, cell, output


def _blocks(net: BandSplitNet) -> Iterable[Block]:
    return cast(Iterable[Block], net.blocks)


class _Streamed:
    """A song as a block is given it: whole, and in the windows of a stream."""

    @torch.inference_mode()
    def __init__(self, net: BandSplitNet, info: ModelInfo, mixture: NDArray[np.float32]) -> None:
        self._device, stride = next(net.parameters()).device, net.shape.stride
        spectrum = STFT(SIZE, HOP).forward(torch.from_numpy(mixture)[None])[..., :TOP]
        seen = features(spectrum, magnitude(measure(mixture).rms)).to(self._device)
        self._whole = net.encode(seen).cpu()  # (1, bands, steps, width)
        # The step where a window begins, the steps it is for, itself.
        self._parts: list[tuple[int, slice, Tensor]] = []
        for window in windows(mixture.shape[1], BandSplit(net, self._device, info)):
            low, start, stop = (
                -(-place // (HOP * stride)) for place in (window.low, window.start, window.stop)
            )
            part = net.encode(seen[:, low * stride : window.high // HOP + 1]).cpu()
            self._parts.append((low, slice(start, stop), part))

    @torch.inference_mode()
    def unlike(self, block: Block) -> Tensor:
        """How far what each unit along time says in a window is from what it says in the whole song: root mean square
        over bands and time, (2 * width), of the window where it is most."""

        def said(x: Tensor) -> Tensor:
            units, _ = block.time.lstm(block.time.norm(x.to(self._device).flatten(0, 1)))
            return cast(Tensor, units.cpu())  # (bands, steps, 2 * width)

        whole = said(self._whole)
        most = torch.zeros(whole.shape[-1])
        for low, steps, part in self._parts:
            off = said(part)[:, steps.start - low : steps.stop - low] - whole[:, steps]
            most = torch.maximum(most, off.square().mean((0, 1)).sqrt())
        return most

    @torch.inference_mode()
    def go_through(self, block: Block) -> None:
        """On to the next block."""
        self._whole = block(self._whole.to(self._device)).cpu()
        self._parts = [(low, steps, block(part.to(self._device)).cpu()) for low, steps, part in self._parts]


def _from(state: Iterable[Tensor], direction: int) -> _Pass:
    """Makes an LSTM begin where it ended, in one of its two directions."""
    h, c = (value.detach().clone() for value in state)
    for value in (h, c):
        value[1 - direction] = 0

    def begin(_lstm: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, _State]:
        return given[0], (h, c)

    return begin
