"""The median by a network is the median."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separation.models.median import median, sliding_median


@settings(max_examples=60, deadline=None)
@given(half=st.integers(0, 12), seed=st.integers(0, 1000), levels=st.integers(1, 50))
def test_it_is_the_median_of_any_odd_number(half: int, seed: int, levels: int) -> None:
    values = torch.randint(levels, (2 * half + 1, 40), generator=torch.Generator().manual_seed(seed)).float()
    torch.testing.assert_close(median(list(values)), values.median(dim=0).values, rtol=0, atol=0)


def test_it_refuses_an_even_number() -> None:
    with pytest.raises(ValueError, match="even"):
        median([torch.zeros(1), torch.ones(1)])


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("size", [1, 3, 8, 40])
def test_it_slides_with_repeated_ends(dim: int, size: int) -> None:
    x = torch.rand(size, 30, generator=torch.Generator().manual_seed(size))
    x = x if dim == 0 else x.T.contiguous()
    padded = torch.nn.functional.pad(x.movedim(dim, -1)[None], (3, 3), mode="replicate")[0]
    wanted = padded.unfold(-1, 7, 1).median(-1).values.movedim(-1, dim)
    torch.testing.assert_close(sliding_median(x, 7, dim), wanted, rtol=0, atol=0)
