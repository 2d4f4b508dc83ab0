"""The median of many tensors, element by element, by a sorting network: minima and maxima only, no sorting."""

from collections.abc import Iterator, Sequence
from functools import cache

import torch
from torch import Tensor


def median(values: Sequence[Tensor]) -> Tensor:
    """The element-wise median of an odd number of tensors of one shape.

    Each step is one pass over whole tensors, which makes it tens of times as fast as sorting short rows.
    """
    wires = list(values)
    for low, high, need_low, need_high in _network(len(wires)):
        a, b = wires[low], wires[high]
        if need_low:
            wires[low] = torch.minimum(a, b)
        if need_high:
            wires[high] = torch.maximum(a, b)
    return wires[len(wires) // 2]


def sliding_median(x: Tensor, length: int, dim: int) -> Tensor:
    """The median over `length` (odd) neighbours along `dim`; the ends are repeated outward."""
    half = length // 2
    size = x.shape[dim]
    index = torch.arange(-half, size + half, device=x.device).clamp_(0, size - 1)
    padded = x.index_select(dim, index)
    return median([padded.narrow(dim, start, size) for start in range(length)])


@cache
def _network(count: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """Comparators (low, high, is the minimum needed, is the maximum needed) that bring the median to the middle."""
    if count % 2 == 0:
        raise ValueError("the median of an even number of tensors isn't one of them")
    needed = {count // 2}
    kept = []
    for low, high in reversed(list(_merge_sort(count))):
        if low in needed or high in needed:
            kept.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(kept))


def _merge_sort(count: int) -> Iterator[tuple[int, int]]:
    """Batcher's odd-even merge sort (1968) for any number of wires: Knuth, TAOCP 3, algorithm 5.2.2M."""
    top = 1 << (count - 1).bit_length() - 1 if count > 1 else 0
    p = top
    while p:
        q, r, d = top, 0, p
        while True:
            yield from ((i, i + d) for i in range(count - d) if i & p == r)
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2
