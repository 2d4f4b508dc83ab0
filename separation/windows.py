"""How a song is cut into chunks with context."""

from collections.abc import Iterator
from dataclasses import dataclass

from separation.models.base import Model

# The first chunk is just long enough for a first segment, so that the first sound comes soon; each next one is twice as
# long until the model has its own way.
FIRST_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Window:
    """A piece [low, high) of a song, of which [start, end) is of use; all in frames.

    [stop, end) belongs to the next window too, which fades in while this one fades out.
    """

    low: int
    start: int
    stop: int
    end: int
    high: int

    @property
    def length(self) -> int:
        """Of the piece, in frames."""
        return self.high - self.low

    @property
    def kept(self) -> slice:
        """What is of use, in frames of the piece."""
        return slice(self.start - self.low, self.end - self.low)


def windows(frames: int, model: Model) -> Iterator[Window]:
    """The windows of a song of `frames`, in order: [start, stop) of all of them is the song, without gap or overlap."""
    first = _round_up(int(FIRST_SECONDS * model.info.sample_rate), model.alignment)
    length = min(model.chunk, first)
    start = 0
    while start < frames:
        stop = start + length
        if frames - stop <= model.fade:  # too little for a window of its own
            stop = frames
        end = min(frames, stop + model.fade)
        yield Window(max(0, start - model.before), start, stop, end, min(frames, end + model.after))
        start = stop
        length = min(model.chunk, 2 * length)


def _round_up(number: int, unit: int) -> int:
    return -(-number // unit) * unit
