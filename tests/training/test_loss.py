"""The loss that the CPU computes in one pass is the loss, and its gradient is the gradient."""

import pytest
import torch

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training.loss import loss, plain


@pytest.mark.parametrize("silent", [False, True])
def test_the_fast_way_is_the_plain_way(silent: bool) -> None:
    generator = torch.Generator().manual_seed(3)
    stems = torch.randn(2, 4, 5, 2, 40, dtype=torch.complex64, generator=generator)  # sources before frames
    stems *= torch.tensor([3.0, 1.0, 0.3, 0.01])[None, :, None, None, None]
    if silent:
        stems[0, 1] = 0
    mixture, stems = stems.sum(1)[..., :37], stems[..., :37].transpose(1, 2)  # views, as in training
    logits = torch.randn(stems.shape, generator=generator, requires_grad=True)
    found = {}
    for way in (plain, loss):
        total, errors = way(torch.softmax(logits, dim=2), stems, mixture)
        (gradient,) = torch.autograd.grad(3 * total, logits)
        found[way] = (total.detach(), errors, gradient)
    for one, other in zip(found[plain], found[loss], strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-7)


def test_the_right_masks_cost_least() -> None:
    stems = torch.rand(1, 3, 4, 2, 8).to(torch.complex64)  # in phase, so that some real mask is right
    mixture = stems.sum(2)
    right = stems.abs() / mixture.abs()[:, :, None]
    best, errors = loss(right, stems, mixture)
    worse, _ = loss(0.9 * right + 0.025, stems, mixture)
    assert best < worse
    assert (errors < -10).all()


@pytest.mark.parametrize("where", ["masks", "mixture"])
def test_what_is_no_number_is_told_by_the_errors(where: str) -> None:
    """Of a network that went astray; it was a division by zero."""
    stems = torch.rand(2, 3, 4, 2, 8).to(torch.complex64)
    given = {"masks": torch.full(stems.shape, 0.25), "mixture": stems.sum(2)}
    given[where][0] = torch.nan
    total, errors = loss(given["masks"], stems, given["mixture"])
    assert total.isnan()
    assert errors.isnan().all()
