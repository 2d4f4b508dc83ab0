"""What the network remembers: it is measured as a stream would notice it, and it can be learned to be short."""

from collections.abc import Iterable
from typing import cast

import pytest
import torch
from torch import Tensor

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.models.bandsplit import FEATURES, HOP, TOP, BandSplit, BandSplitNet, Block, Shape
from separation.training.learning import Learner
from separation.training.memory import agreement, shortness

REACH = BandSplit.before // HOP
FRAMES = REACH + 20


def network(depth: int, forget: float) -> BandSplitNet:
    """One that was never trained, but keeps what it has heard: more, the higher the bias of its forget gates."""
    torch.manual_seed(5)
    net = BandSplitNet(Shape(8, depth, 2), 3)
    for block in cast(Iterable[Block], net.blocks):
        for name, value in block.time.lstm.named_parameters():
            if name.startswith("bias_ih"):
                value.data.chunk(4)[1].fill_(forget)
    return net


def excerpt(frames: int = FRAMES) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(6)
    return (
        torch.rand(1, frames, FEATURES, TOP, generator=generator),
        torch.rand(1, frames, 2, TOP, generator=generator),
    )


@pytest.mark.parametrize("before", [True, False])
def test_it_is_the_difference_to_an_excerpt_that_was_heard_twice(before: bool) -> None:
    net, (seen, power) = network(depth=1, forget=6), excerpt()
    with torch.no_grad():
        found = agreement(net, seen, power, before=before)
        once, twice = (
            torch.softmax(net.decode(net.think(net.encode(heard)), heard.shape[1]), dim=2)
            for heard in (seen, torch.cat([seen, seen], dim=1))
        )
    far = slice(REACH, FRAMES) if before else slice(0, FRAMES - REACH)
    again = (twice[:, FRAMES:] if before else twice[:, :FRAMES])[:, far]
    error = ((once[:, far] - again).square() * power[:, far, None]).sum((0, 1, 3, 4))
    energy = (once[:, far].square() * power[:, far, None]).sum((0, 1, 3, 4))
    assert torch.allclose(found, 10 * torch.log10(energy / error), atol=0.1)


@pytest.mark.parametrize("before", [True, False])
def test_a_long_memory_costs_and_a_short_one_does_not(before: bool) -> None:
    seen, power = excerpt()
    assert shortness(network(2, forget=8), seen, power, before=before) > 0.1
    assert shortness(network(2, forget=-3), seen, power, before=before) == 0


def test_it_can_be_learned() -> None:
    net, (seen, power) = network(2, forget=8), excerpt()
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.02)
    costs = []
    for step in range(30):
        cost = shortness(net, seen, power, before=step % 2 == 0)
        optimiser.zero_grad()
        torch.autograd.backward(cost)
        optimiser.step()
        costs.append(float(cost.detach()))
    assert max(costs[-2:]) < 0.7 * min(costs[:2])


def test_it_is_learned_beside_the_examples() -> None:
    net, (seen, power) = network(2, forget=8), excerpt()
    learner = Learner(net, torch.device("cpu"), seed=1, rate=0.05)
    stems = torch.randn(1, 3, 2, (FRAMES - 1) * HOP, generator=torch.Generator().manual_seed(7))

    def cost() -> float:
        return float(shortness(net, seen, power, before=True).detach())

    long = cost()
    for _ in range(40):
        learner.learn(stems, done=0.0)
    assert cost() < 0.2 * long  # without: 0.6


def test_excerpts_too_short_to_tell_cost_nothing() -> None:
    seen, power = excerpt(REACH)
    cost = shortness(network(1, forget=8), seen, power, before=True)
    torch.autograd.backward(cost)
    assert cost == 0
