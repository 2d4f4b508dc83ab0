"""What a training leaves, and what the next one begins with."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation import catalogue
from separation.models.bandsplit import FEATURES, TOP, BandSplitNet, Shape
from separation.training import results
from separation.training.errors import TrainingError

SMALL = Shape(width=8, depth=2, stride=4)
FOUR = catalogue.default().sources


@pytest.fixture
def known(tmp_path: Path) -> BandSplitNet:
    """A network, and its weights as `known.safetensors`."""
    torch.manual_seed(1)
    net = BandSplitNet(SMALL)
    results.write(tmp_path / "known.safetensors", catalogue.default(), SMALL, net.state_dict())
    return net.half().float()


def test_a_deeper_network_begins_with_all_that_the_other_knows(known: BandSplitNet, tmp_path: Path) -> None:
    deeper = BandSplitNet(Shape(width=8, depth=4, stride=4))
    results.start_from(deeper, tmp_path / "known.safetensors", FOUR)
    sound = torch.rand(1, 16, FEATURES, TOP)
    outs = [net.decode(net.think(net.encode(sound)), 16) for net in (known, deeper)]
    torch.testing.assert_close(*outs)
    # And the new blocks can learn: what comes out hangs on them.
    torch.autograd.backward(outs[1].square().mean())
    new = [value for name, value in deeper.named_parameters() if ".out.weight" in name][4:]
    assert len(new) == 4
    assert all(value.grad is not None and value.grad.abs().max() > 0 for value in new)


def test_stems_that_nothing_is_known_of_keep_all_but_the_last_layers(
    known: BandSplitNet, tmp_path: Path
) -> None:
    torch.manual_seed(2)
    net = BandSplitNet(SMALL, sources=2)
    before = net.merge[0].state_dict()["2.weight"].clone()
    results.start_from(net, tmp_path / "known.safetensors", ("piano", "guitar"))
    torch.testing.assert_close(net.merge[0].state_dict()["2.weight"], before)
    torch.testing.assert_close(net.split[0].state_dict(), known.split[0].state_dict())
    torch.testing.assert_close(net.blocks.state_dict(), known.blocks.state_dict())


def logits(net: BandSplitNet, sources: tuple[str, ...]) -> dict[str, torch.Tensor]:
    sound = torch.linspace(0, 1, 16 * FEATURES * TOP).view(1, 16, FEATURES, TOP)
    found = net.decode(net.think(net.encode(sound)), 16)
    return dict(zip(sources, found.unbind(2), strict=True))


def test_what_is_known_of_a_stem_goes_to_the_stem_of_that_name(known: BandSplitNet, tmp_path: Path) -> None:
    wanted = logits(known, FOUR)
    for sources in (("piano", "guitar", "vocals", "other"), FOUR[::-1], ("other", "vocals")):
        torch.manual_seed(2)
        net = BandSplitNet(SMALL, len(sources))
        results.start_from(net, tmp_path / "known.safetensors", sources)
        found = logits(net, sources)
        for name in found.keys() & wanted.keys():
            torch.testing.assert_close(found[name], wanted[name])
    # And what isn't known is nothing of the other model's.
    torch.manual_seed(2)
    net = BandSplitNet(SMALL)
    fresh = {key: value.clone() for key, value in net.state_dict().items()}
    results.start_from(net, tmp_path / "known.safetensors", ("piano", "guitar", "vocals", "other"))
    rows = [one["merge.0.2.weight"].view(4, 4, -1) for one in (net.state_dict(), fresh)]
    torch.testing.assert_close(rows[0][:, :2], rows[1][:, :2])
    assert not torch.equal(rows[0][:, 2], rows[1][:, 2])


def test_another_kind_of_network_is_refused(known: BandSplitNet, tmp_path: Path) -> None:
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(TrainingError, match="no weights"):
        results.start_from(known, tmp_path / "text.safetensors", FOUR)


def test_weights_that_are_no_numbers_are_no_beginning(known: BandSplitNet, tmp_path: Path) -> None:
    weights = {**known.state_dict(), "norm.bias": torch.full((8,), torch.nan)}
    results.write(tmp_path / "known.safetensors", catalogue.default(), SMALL, weights)
    with pytest.raises(TrainingError, match=r"known\.safetensors is damaged"):
        results.start_from(known, tmp_path / "known.safetensors", FOUR)
