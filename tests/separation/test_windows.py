"""How a song is cut: every frame once, on the model's grid, with its context."""

from hypothesis import given
from hypothesis import strategies as st

from separation.models import Model, load
from separation.windows import windows
from tests.separation.toy import Toy

MODELS: list[Model] = [load(device="cpu"), load("classical", "cpu"), Toy()]


@given(model=st.sampled_from(MODELS), frames=st.integers(1, 50_000_000))
def test_windows_cover_a_song_without_gap_or_overlap(model: Model, frames: int) -> None:
    place = 0
    for window in windows(frames, model):
        assert window.start == place
        assert 0 <= window.low <= window.start < window.stop <= window.end <= window.high <= frames
        assert window.low % model.alignment == 0
        assert window.low == max(0, window.start - model.before)
        assert window.high == min(frames, window.end + model.after)
        assert window.end == window.stop + (0 if window.stop == frames else model.fade)
        # A window fades in over less than it brings, so that only two ever meet.
        assert window.stop - window.start > model.fade or window.start == 0
        assert window.stop - window.start <= model.chunk + model.fade
        place = window.stop
    assert place == frames


def test_windows_grow_from_a_short_first_one() -> None:
    lengths = [window.stop - window.start for window in windows(60 * 44_100, MODELS[0])]
    assert lengths[:3] == sorted(lengths[:3])
    assert 4 * 44_100 <= lengths[0] < 4.1 * 44_100
    assert lengths[1] == 2 * lengths[0]
