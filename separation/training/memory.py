"""Learning to remember no longer than what a stream shows.

A stream gives the network a window at a time, with some seconds before and after it. An example is no longer than
such a window, so that nothing in it teaches what to do with a memory of what was minutes ago. Left alone, some units
of the LSTMs along time become switches that stay as they are: after 3,000 steps stream and whole song agreed to 39 dB,
and to close the forget gates afterwards until it was 60 cost 0.3 dB of SDR. So it is learned with the rest.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast

import torch
from torch import Tensor

from separation.models.bandsplit import HOP, BandSplit, BandSplitNet, Block

EVERY = 2  # steps
_EXAMPLES = 2  # of a batch are enough
_AGREE = 68.0  # dB, what is asked for; more is as good
_WEIGHT = 0.03  # of a dB that is missing

_State = tuple[Tensor, Tensor]  # h and c of an LSTM, (2 directions, batch * bands, width)
_Pass = Callable[[Any, tuple[Tensor, ...]], tuple[Tensor, _State]]


def shortness(net: BandSplitNet, seen: Tensor, power: Tensor, *, before: bool) -> Tensor:
    """What is added to the loss for the dB that `agreement` lacks; nothing where excerpts are too short to tell."""
    if seen.shape[1] <= _reach(net, before=before):
        return seen.new_zeros((), requires_grad=True)
    found = agreement(net, seen[:_EXAMPLES], power[:_EXAMPLES], before=before)
    return _WEIGHT * (_AGREE - found).clamp(min=0).mean()


def agreement(net: BandSplitNet, seen: Tensor, power: Tensor, *, before: bool) -> Tensor:
    """How well the stems of an excerpt agree, in dB by source, with those of an excerpt that was heard twice in a row.

    It is the second time that is looked at (`before`: the LSTMs that go forwards still know the first), or the first
    (those that go backwards know the second), where it is as far from the seam as a stream has to reach. `seen` are
    features (batch, frames, FEATURES, TOP), `power` (batch, frames, 2, TOP) is that of the mixture."""
    reach, frames, stride = _reach(net, before=before), seen.shape[1], net.shape.stride
    lstms = [cast(Block, block).time.lstm for block in net.blocks]
    states: list[_State] = []
    x = net.encode(seen)
    with ExitStack() as hooks:
        for lstm in lstms:
            hooks.callback(lstm.register_forward_hook(lambda _, __, out: states.append(out[1])).remove)
        once = net.think(x)
    with ExitStack() as hooks:
        for lstm, state in zip(lstms, states, strict=True):
            hooks.callback(lstm.register_forward_pre_hook(_from(state, 0 if before else 1)).remove)
        again = net.think(x)
    far = slice(reach, frames) if before else slice(0, frames - reach)
    steps = slice(far.start // stride, -(-far.stop // stride))
    one, other = (
        torch.softmax(net.decode(y[:, :, steps], far.stop - far.start).float(), dim=2) for y in (once, again)
    )
    size = power[:, far, None]
    error = ((one - other).square() * size).sum((0, 1, 3, 4))
    energy = (one.detach().square() * size).sum((0, 1, 3, 4))
    return 10 * torch.log10((energy + 1e-12) / (error + 1e-9 * energy + 1e-12))


def _reach(net: BandSplitNet, *, before: bool) -> int:
    """Frames that a stream shows before or after what it keeps, rounded up to steps of the network."""
    stride = net.shape.stride
    return -(-(BandSplit.before if before else BandSplit.after) // HOP // stride) * stride


def _from(state: _State, direction: int) -> _Pass:
    """Makes an LSTM begin where it ended, in one of its two directions."""
    h, c = (value.detach().clone() for value in state)
    for value in (h, c):
        value[1 - direction] = 0

    def begin(_lstm: Any, given: tuple[Tensor, ...]) -> tuple[Tensor, _State]:
        return given[0], (h, c)

    return begin
