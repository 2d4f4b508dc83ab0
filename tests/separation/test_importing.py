"""A file that is a stem already: one rate, its own length and gain."""

from pathlib import Path

import numpy as np
import pytest

from separation.audio.encode import encode, to_pcm
from separation.errors import AudioError, Stopped
from separation.importing import Imported, import_stem
from separation.segments import SEGMENT_FRAMES, SegmentWriter
from separation.small import SmallRendition
from tests.separation.audio_files import wav, write
from tests.separation.sounds import RATE, Sound, noise, sdr
from tests.separation.test_segments import decoded


def imported(path: Path) -> tuple[Imported, Sound]:
    """What became of a file, and its segments joined."""
    out: dict[str, bytes] = {}
    found = import_stem(path, "voice", out.__setitem__)
    count = -(-found.frames // SEGMENT_FRAMES)
    assert len(out["voice/peaks.bin"]) == 2 * -(-found.frames // 441)
    pcm = np.concatenate([decoded(out[f"voice/flac/{n}.flac"]) for n in range(count)], axis=1)
    return found, pcm.astype(np.float32) / np.float32(32768)


def test_a_file_becomes_segments_of_its_own_length(tmp_path: Path) -> None:
    sound = noise(5 * RATE, seed=1)
    found, stem = imported(write(tmp_path / "voice.flac", sound))
    assert (found, stem.shape) == (Imported(5 * RATE, 1.0, truncated=False), (2, 5 * RATE))
    assert sdr(sound, stem) > 60


def test_another_rate_and_one_channel_are_brought_to_what_all_have(tmp_path: Path) -> None:
    path = tmp_path / "low.wav"
    path.write_bytes(wav(noise(8000, channels=1), 8000))
    found, stem = imported(path)
    assert (found.frames, stem.shape[0]) == (RATE, 2)
    np.testing.assert_array_equal(stem[0], stem[1])


def test_sixteen_bits_that_reach_full_scale_stay_as_they_are(tmp_path: Path) -> None:
    sound = noise(RATE, seed=3)
    sound[:, 100:110] = 32767 / 32768
    sound[:, 200:210] = -1
    path = tmp_path / "clipped.wav"
    path.write_bytes(encode(to_pcm(sound), "wav", sample_rate=RATE))
    found, stem = imported(path)
    assert found.gain == 1
    np.testing.assert_array_equal(stem * np.float32(32768), to_pcm(sound))


def test_what_is_too_loud_is_turned_down_by_a_gain_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    path.write_bytes(wav(np.full((2, 100), 2.0, np.float32)))
    found, stem = imported(path)
    assert found.gain == pytest.approx(0.5, rel=1e-3)
    assert stem[0, 50] * 32768 == 32767


def test_length_gain_and_writer_are_told_before_the_first_segment(tmp_path: Path) -> None:
    said: list[object] = []

    def begin(found: Imported, writer: SegmentWriter) -> None:
        said.append((found, writer.available_frames))

    path = write(tmp_path / "voice.flac", noise(RATE))
    import_stem(path, "voice", lambda name, content: said.append(name), begin=begin)
    assert said[:2] == [(Imported(RATE, 1.0, truncated=False), 0), "voice/flac/0.flac"]
    assert set(said[2:]) == {"voice/peaks.bin"}


def test_it_has_a_small_rendition_behind_it(tmp_path: Path) -> None:
    path = write(tmp_path / "voice.flac", noise(SEGMENT_FRAMES + 9))
    files: dict[str, bytes] = {}
    with SmallRendition(files.__getitem__, files.__setitem__, ["vocals"]) as small:
        import_stem(path, "vocals", files.__setitem__, on_stored=small.grow)
        small.finish()
    assert {name for name in files if "/aac/" in name} == {"vocals/aac/0.m4a", "vocals/aac/1.m4a"}


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_text("not a sound")
    with pytest.raises(AudioError) as caught:
        import_stem(path, "voice", lambda name, content: None)
    assert caught.value.code == "not_audio"


def test_a_file_that_changes_meanwhile_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    for seconds in (1, 3):
        path.write_bytes(wav(noise(2 * RATE)))

        def begin(_found: Imported, _writer: SegmentWriter, seconds: int = seconds) -> None:
            path.write_bytes(wav(noise(seconds * RATE)))

        with pytest.raises(AudioError) as caught:
            import_stem(path, "voice", lambda name, content: None, begin=begin)
        assert (caught.value.code, caught.value.retry) == ("changed", True)


def test_it_stops_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(RATE)))
    stop: list[bool] = []
    with pytest.raises(Stopped):
        import_stem(
            path,
            "voice",
            lambda name, content: None,
            begin=lambda found, writer: stop.append(True),
            should_stop=lambda: bool(stop),
        )
