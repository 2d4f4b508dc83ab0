"""The generator gives the same song twice from one seed on one machine."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import programs, songs
from separation.training.errors import TrainingError

try:
    programs.check()
    MISSING = ""
except TrainingError as error:
    MISSING = error.message

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.mark.parametrize("number", [0, 4])
def test_a_seed_gives_one_song(number: int) -> None:
    first = songs.make(7, number, seconds=4)
    again = songs.make(7, number, seconds=4)
    assert first.keys() == again.keys()
    for family, tracks in first.items():
        for one, other in zip(tracks, again[family], strict=True):
            np.testing.assert_array_equal(one, other)


def test_another_number_gives_another_song() -> None:
    one, other = (songs.make(7, number, seconds=4)["drums"][0] for number in (0, 4))
    assert not np.array_equal(one, other)
