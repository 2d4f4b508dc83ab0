"""Draws the picture of a share: a lane for each stem, in its colour.

No words are drawn: the title stands beside it in every reader's own script. NumPy and Pillow come with this module,
so it is imported with the first picture, and not when the web server starts.
"""

import io
import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sharing import media
from sharing.domain import PEAKS_PER_SECOND, Share, Stem
from sharing.links import Preview

_FINE = 2  # drawn so many times as large, so that edges come out smooth
_MARGIN = 60
_PART = 0.86  # of a lane that its sound fills
_LINE = 4  # where there is no sound, or none yet
_BACKGROUND, _PLATE, _SIGN = "#131417", "#ececee", "#131417"  # the dark theme's
_DISC = 84  # radius of the sign that says: this plays


def draw(share: Share) -> bytes:
    """A PNG as large as `Preview` says: the outline of each stem, as far as it is known, on a line as long as the
    stem; of hosted ones a bar. Raises `MediaUnavailable`."""
    image = Image.new("RGB", (_FINE * Preview.width, _FINE * Preview.height), _BACKGROUND)
    brush = ImageDraw.Draw(image)
    left, width = _FINE * _MARGIN, _FINE * (Preview.width - 2 * _MARGIN)
    longest = max((share.seconds(stem) or 0 for stem in share.stems), default=0)
    outlines = [_outline(share, stem, longest, width) for stem in share.stems]
    loudest = max((int(np.abs(outline).max(initial=1)) for outline in outlines), default=1)
    edges = np.linspace(_FINE * _MARGIN, _FINE * (Preview.height - _MARGIN), len(share.stems) + 1)
    thin = _FINE * _LINE / 2
    for stem, outline, (top, bottom) in zip(share.stems, outlines, pairwise(edges), strict=True):
        middle, reach = (top + bottom) / 2, (bottom - top) / 2 * _PART
        end = left + width * ((share.seconds(stem) or longest) / longest if longest else 1)
        half = reach / 2 if stem.hosted else thin  # of hosted stems the outline isn't known here
        line = (left, middle - half, max(end, left + 2 * thin), middle + half)
        brush.rounded_rectangle(line, thin, stem.color)
        if len(outline):
            low, high = outline.T / loudest * reach
            x = left + np.arange(len(outline))
            over = np.stack([x, middle - np.maximum(high, thin)], axis=1)
            under = np.stack([x, middle - np.minimum(low, -thin)], axis=1)
            corners = np.concatenate([over, under[::-1]])
            brush.polygon([(x, y) for x, y in corners.tolist()], stem.color)
    _sign(brush)
    target = io.BytesIO()
    image.resize((Preview.width, Preview.height), Image.Resampling.BOX).save(target, "PNG")
    return target.getvalue()


def _outline(share: Share, stem: Stem, longest: float, columns: int) -> NDArray[np.float32]:
    """The lowest and the highest sample (columns, 2) of a stem, of as many columns as it reaches by now; 127 is full
    scale, and all `columns` are `longest` seconds."""
    if stem.hosted or not stem.available_frames or share.sample_rate is None:
        return np.zeros((0, 2), np.float32)
    try:
        data = media.get(f"{media.stem_prefix(share.id, stem.attempt, stem.id)}peaks.bin")
    except FileNotFoundError:  # deleted meanwhile
        data = b""
    known = math.ceil(stem.available_frames / share.sample_rate * PEAKS_PER_SECOND)
    pairs = np.frombuffer(data[: len(data) // 2 * 2], np.int8).reshape(-1, 2)[:known].astype(np.float32)
    starts = np.floor(np.arange(columns) / columns * longest * PEAKS_PER_SECOND).astype(int)
    starts = starts[starts < len(pairs)]
    if not len(starts):
        return pairs[:0]
    return np.stack(
        [np.minimum.reduceat(pairs[:, 0], starts), np.maximum.reduceat(pairs[:, 1], starts)], axis=1
    )


def _sign(brush: ImageDraw.ImageDraw) -> None:
    """A disc with a triangle, as everybody knows it: this plays."""
    x, y, radius = _FINE * Preview.width / 2, _FINE * Preview.height / 2, _FINE * _DISC
    brush.circle((x, y), radius, _PLATE, _BACKGROUND, width=_FINE * 8)
    brush.regular_polygon((x + radius / 14, y, radius / 2), 3, rotation=270, fill=_SIGN)
