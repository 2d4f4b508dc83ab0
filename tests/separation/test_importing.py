"""Files that are stems already: one rate, one length, one gain."""

from pathlib import Path

import numpy as np
import pytest

from separation.errors import AudioError, Stopped
from separation.importing import Imported, import_stems
from separation.segments import SEGMENT_FRAMES
from tests.separation.audio_files import wav, write
from tests.separation.sounds import RATE, noise, sdr
from tests.separation.test_segments import decoded


def test_it_brings_stems_to_one_rate_and_length(tmp_path: Path) -> None:
    long, short = noise(6 * RATE, seed=1), noise(RATE + 1, channels=1, seed=2)
    files = {
        "vocals": write(tmp_path / "voice.flac", long),
        "drums": tmp_path / "drums.wav",
        "other": tmp_path / "other.wav",
    }
    files["drums"].write_bytes(wav(short))
    files["other"].write_bytes(wav(noise(8000), 8000))
    out: dict[str, bytes] = {}
    scanned: list[Imported] = []
    progress: list[int] = []
    result = import_stems(files, out.__setitem__, on_scan=scanned.append, on_progress=progress.append)
    assert (result.frames, result.sample_rate, result.gain) == (6 * RATE, RATE, 1.0)
    assert scanned == [result]
    assert progress[-1] in {0, SEGMENT_FRAMES, 6 * RATE}
    stems = {
        stem: np.concatenate([decoded(out[f"{stem}/flac/{number}.flac"]) for number in range(2)], axis=1)
        / 32768
        for stem in files
    }
    assert {sound.shape for sound in stems.values()} == {(2, 6 * RATE)}
    assert sdr(long, stems["vocals"]) > 60
    assert sdr(short.repeat(2, axis=0), stems["drums"][:, : RATE + 1]) > 60
    assert not stems["drums"][:, RATE + 1 :].any()
    assert not stems["other"][:, RATE + 100 :].any()


def test_one_gain_keeps_the_balance(tmp_path: Path) -> None:
    loud, soft = tmp_path / "loud", tmp_path / "soft"
    loud.write_bytes(wav(np.full((2, 100), 2.0, np.float32)))
    soft.write_bytes(wav(np.full((2, 100), 0.5, np.float32)))
    out: dict[str, bytes] = {}
    result = import_stems({"a": loud, "b": soft}, out.__setitem__)
    assert result.gain == pytest.approx(0.5, rel=1e-3)
    assert decoded(out["a/flac/0.flac"])[0, 50] == 32767
    assert decoded(out["b/flac/0.flac"])[0, 50] == pytest.approx(8192, abs=2)


def test_it_says_which_stem_is_bad(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(wav(noise(100)))
    bad.write_text("not a sound")
    with pytest.raises(AudioError, match=r"^drums: ") as caught:
        import_stems({"vocals": good, "drums": bad}, lambda name, content: None)
    assert caught.value.code == "not_audio"


def test_it_stops_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(RATE)))
    stop = []
    with pytest.raises(Stopped):
        import_stems(
            {"a": path},
            lambda name, content: None,
            on_scan=lambda result: stop.append(True),
            should_stop=lambda: bool(stop),
        )
