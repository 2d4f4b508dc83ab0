"""The small rendition of a stem: AAC in pieces, encoded alone, overlapping so that their joins aren't heard."""

import numpy as np

from separation.audio.encode import Pcm, encode
from separation.audio.stream import decode

OVERLAP_FRAMES = 4_410  # before and after each segment; the encoder's own beginning and end lie in there
# Browsers know the length of such a file in whole milliseconds, so every piece is a multiple of 10 ms.
GRID_FRAMES = 441


class Pieces:
    """Turns the segments of one stem, given in order, into AAC pieces.

    A piece is its segment with the OVERLAP_FRAMES before and after it, silence where the song has none, and at the end
    of the song filled up to the grid. It needs what follows, so it is ready one segment later.
    """

    def __init__(self) -> None:
        self._before: Pcm | None = None
        self._segment: Pcm | None = None
        self._sample_rate = 0

    def take(self, flac: bytes | None) -> bytes | None:
        """Takes the next segment, None after the last one; gives the piece of the one before, if there was one."""
        following = None
        if flac is not None:
            following, self._sample_rate = decode(flac)
        piece = None if self._segment is None else self._encode(self._segment, following)
        self._before, self._segment = self._segment, following
        return piece

    def _encode(self, segment: Pcm, following: Pcm | None) -> bytes:
        silence = np.zeros((segment.shape[0], OVERLAP_FRAMES), np.int16)
        before = silence if self._before is None else self._before[:, -OVERLAP_FRAMES:]
        after = silence if following is None else following[:, :OVERLAP_FRAMES]
        frames = OVERLAP_FRAMES + segment.shape[1] + OVERLAP_FRAMES
        piece = np.zeros((segment.shape[0], -(-frames // GRID_FRAMES) * GRID_FRAMES), np.int16)
        sound = np.concatenate([before, segment, after], axis=1)
        piece[:, : sound.shape[1]] = sound
        return encode(piece, "m4a", sample_rate=self._sample_rate)
