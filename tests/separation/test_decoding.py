"""Songs of every kind come in whole, in place, and the same each time."""

from pathlib import Path

import av
import numpy as np
import pytest

from separation.audio.decode import AudioReader
from separation.scan import scan
from tests.separation.audio_files import KINDS, wav, write
from tests.separation.sounds import RATE, Sound, mix, noise, sdr, song


def read(path: Path, rate: int = RATE) -> Sound:
    with AudioReader(path, sample_rate=rate) as reader:
        return np.concatenate(list(reader), axis=1)


def lag(first: Sound, second: Sound) -> int:
    """By how many samples `second` is late."""
    size = 2 * max(first.shape[1], second.shape[1])
    match = np.fft.irfft(np.conj(np.fft.rfft(first[0], size)) * np.fft.rfft(second[0], size), size)
    place = int(np.argmax(match))
    return place if place < size // 2 else place - size


@pytest.fixture(scope="module")
def music() -> Sound:
    return 0.5 * mix(song(3.21))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_reads_every_kind_without_trusting_its_name(kind: str, music: Sound, tmp_path: Path) -> None:
    rate = 48_000 if kind == "opus" else RATE
    path = write(tmp_path / "song.txt", music, rate, kind=kind)
    with AudioReader(path, sample_rate=rate) as reader:
        sound = np.concatenate(list(reader), axis=1)
        assert reader.source.channels == 2
        assert reader.source.sample_rate == rate
        assert not reader.truncated
    # AAC in these containers doesn't say where its last frame ends, nor does FFmpeg's own encoder of Vorbis.
    longest = {"aac": 2048, "m4a": 2048, "ogg": 64, "w64": 1}.get(kind, 0)
    assert music.shape[1] <= sound.shape[1] <= music.shape[1] + longest
    # The delay of encoder and decoder is taken off, but ADTS has no place to say it.
    assert lag(music, sound) == (1024 if kind == "aac" else 0)
    if kind in {"wav", "flac", "aiff", "w64"}:
        assert sdr(music, sound[:, : music.shape[1]]) > 60


def test_it_decodes_the_same_samples_twice(music: Sound, tmp_path: Path) -> None:
    path = write(tmp_path / "song.mp3", music, 48_000)
    np.testing.assert_array_equal(read(path), read(path))


def test_it_plays_mono_on_both_sides_as_loud_as_it_is(tmp_path: Path) -> None:
    mono = noise(5000, channels=1)
    path = tmp_path / "mono"
    path.write_bytes(wav(mono))
    np.testing.assert_array_equal(read(path), np.repeat(mono, 2, axis=0))


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000, 192_000])
def test_it_resamples_to_the_expected_length_and_pitch(rate: int, tmp_path: Path) -> None:
    time = np.arange(rate) / rate
    tone = np.sin(2 * np.pi * 1000 * time)[None].repeat(2, axis=0).astype(np.float32)
    path = tmp_path / "tone"
    path.write_bytes(wav(tone, rate))
    sound = read(path)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)[None].repeat(2, axis=0).astype(np.float32)
    assert sound.shape == (2, RATE)
    middle = slice(2000, -2000)
    assert sdr(wanted[:, middle], sound[:, middle]) > 80


def test_it_cleans_what_is_not_a_number(tmp_path: Path) -> None:
    sound = noise(1000)
    sound[0, 10], sound[1, 20], sound[0, 30], sound[1, 40] = np.nan, np.inf, -np.inf, 1e30
    path = tmp_path / "odd"
    path.write_bytes(wav(sound))
    clean = read(path)
    assert np.isfinite(clean).all()
    assert (clean[0, 10], clean[1, 20], clean[0, 30], clean[1, 40]) == (0, 0, 0, 0)
    assert scan(path).truncated


def test_it_ignores_tags_in_any_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "song.mp3", noise(RATE))
    title = b"\x03\xff\xfe\xe9broken"
    frame = b"TIT2" + len(title).to_bytes(4, "big") + b"\0\0" + title
    path.write_bytes(b"ID3\x03\0\0" + bytes([0, 0, 0, len(frame)]) + frame + path.read_bytes())
    assert read(path).shape == (2, RATE)


def test_leaving_early_ends_the_child(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(wav(noise(RATE * 30)))
    with AudioReader(path) as reader:
        next(iter(reader))
        child = reader._child
        assert child.poll() is None
    assert child.poll() is not None
    assert list(reader) == []


@pytest.mark.parametrize("form", ["mp4", "ipod"])
def test_it_takes_the_sound_of_a_film_or_a_song_with_a_cover(form: str, tmp_path: Path) -> None:
    path = tmp_path / "film"
    with av.open(str(path), "w", format="mp4") as container:
        picture = container.add_stream("mjpeg" if form == "ipod" else "mpeg4", rate=10)
        picture.width = picture.height = 64
        picture.pix_fmt = "yuvj420p" if form == "ipod" else "yuv420p"
        voice = container.add_stream("aac", rate=RATE, layout="stereo")
        for number in range(1 if form == "ipod" else 10):
            image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            image.pts = number
            container.mux(picture.encode(image))
        container.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(noise(RATE), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        container.mux(voice.encode(frame))
        container.mux(voice.encode(None))
    assert RATE <= read(path).shape[1] <= RATE + 2048
