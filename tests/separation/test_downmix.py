"""Surround sound becomes stereo as FFmpeg does it (ITU-R BS.775)."""

from pathlib import Path

import av
import numpy as np
import pytest

from separation.audio.decode import AudioReader
from tests.separation.audio_files import write
from tests.separation.sounds import RATE, Sound, noise

LAYOUTS = ["3.0", "quad", "4.0", "5.0", "5.1", "5.1(side)", "6.1", "7.1"]


def ffmpeg(sound: Sound, layout: str) -> Sound:
    packed = np.ascontiguousarray(sound.T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
    frame.sample_rate = RATE
    convert = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    blocks = [piece.to_ndarray() for given in (frame, None) for piece in convert.resample(given)]
    return np.concatenate(blocks, axis=1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_mixes_down_as_ffmpeg_does(layout: str, tmp_path: Path) -> None:
    sound = noise(4000, channels=av.AudioLayout(layout).nb_channels)
    with AudioReader(write(tmp_path / "surround.w64", sound, layout=layout)) as reader:
        stereo = np.concatenate(list(reader), axis=1)
        assert reader.source.channels == sound.shape[0]
    np.testing.assert_allclose(stereo[:, :4000], ffmpeg(sound, layout), atol=1e-6)


@pytest.mark.parametrize("kind", ["aac", "opus", "flac"])
def test_it_reads_eight_channels_of_every_codec(kind: str, tmp_path: Path) -> None:
    rate = 48_000
    sound = noise(rate, channels=8)
    with AudioReader(write(tmp_path / f"surround.{kind}", sound, rate, layout="7.1")) as reader:
        assert reader.source.channels == 8
        assert sum(block.shape[1] for block in reader) > 40_000
