"""What is left of a song that was cut off can be separated, and it is known that some is missing."""

from pathlib import Path

import numpy as np
import pytest

from separation.audio.decode import AudioReader
from separation.errors import AudioError
from separation.importing import import_stem
from separation.models import Model
from separation.pipeline import separate
from separation.scan import HEADROOM, scan
from tests.separation.audio_files import KINDS, wav, write
from tests.separation.sounds import RATE, mix, noise, song

FRAMES = 4 * RATE


@pytest.mark.parametrize("share", [0.001, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_it_takes_what_decodes_or_says_that_nothing_does(kind: str, share: float, tmp_path: Path) -> None:
    whole = write(tmp_path / f"song.{kind}", noise(FRAMES), 48_000 if kind == "opus" else RATE).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(len(whole) * share)])
    if kind == "m4a" or (share < 0.01 and kind in {"aac", "flac", "mp3", "ogg", "opus"}):
        # The index is at the end, or not even one frame is whole.
        with pytest.raises(AudioError) as caught:
            scan(path)
        assert caught.value.code == "damaged"
    else:
        found = scan(path)
        assert 0 < found.frames <= FRAMES
        assert found.truncated or kind not in {"mp3", "wav", "flac", "aiff"}


@pytest.mark.parametrize("kind", ["mp3", "flac", "opus"])
def test_it_goes_on_behind_a_damaged_place(kind: str, tmp_path: Path) -> None:
    sound = noise(12 * RATE)
    path = write(tmp_path / f"song.{kind}", sound, 48_000 if kind == "opus" else RATE)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(range(256)) * 7 + bytes(208)
    path.write_bytes(content)
    found = scan(path)
    assert found.frames > sound.shape[1] * 0.7
    assert found.truncated or kind == "opus"  # an Ogg page with a wrong checksum is skipped without a word


def id3(size: int) -> bytes:
    """A tag with a picture, in which some bytes look like the beginning of a frame."""
    picture = np.random.default_rng(1).bytes(size // 2) + b"\xff\xfb\x90\x64" * (size // 8)
    length = bytes(len(picture) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + length + picture


APE = b"APETAGEX\xd0\x07\0\0" + (1032).to_bytes(4, "little") + bytes(16) + b"some text " * 100 + bytes(32)
V1 = b"TAG" + bytes(125)
# Older APE tags have no header: they are known by their items, and by the footer behind these.
COVER = b"cover.jpg\0" + id3(20_000)
ITEMS = (6).to_bytes(4, "little") + bytes(4) + b"Title\0A song"
ITEMS += len(COVER).to_bytes(4, "little") + b"\2\0\0\0Cover Art (Front)\0" + COVER
APE1 = ITEMS + b"APETAGEX\xe8\x03\0\0" + (len(ITEMS) + 32).to_bytes(4, "little") + b"\2" + bytes(15)
LYRICS = b"LYRICSBEGIN" + b"[00:10]La la la\xff\xfb\x90\x64\r\n" * 100
LYRICS1 = LYRICS + b"LYRICSEND" + V1
LYRICS2 = LYRICS + b"%06dLYRICS200" % len(LYRICS) + V1


@pytest.mark.parametrize(
    "tags",
    [b"", V1, id3(200), id3(50_000), APE, APE1, LYRICS1, LYRICS2, APE + V1 + id3(50_000), APE1 + LYRICS2],
)
def test_mp3s_that_were_joined_are_one_whole_song(tags: bytes, tmp_path: Path) -> None:
    song = write(tmp_path / "song.mp3", noise(4 * RATE)).read_bytes()
    path = tmp_path / "joined"
    path.write_bytes(song + tags + song)
    found = scan(path)
    assert 7.9 < found.duration < 8.2
    assert not found.truncated


@pytest.mark.parametrize("tags", [APE1, LYRICS2])
def test_tags_before_the_music_are_no_damage(tags: bytes, tmp_path: Path) -> None:
    song = write(tmp_path / "song.mp3", noise(2 * RATE)).read_bytes()
    path = tmp_path / "tagged"
    path.write_bytes(tags + song)
    found = scan(path)
    assert 1.9 < found.duration < 2.2
    assert not found.truncated


@pytest.mark.parametrize(
    "tag",
    [
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f",
        b"APETAGEX\xd0\x07\0\0" + b"\xff" * 4 + bytes(16),
        ITEMS,
        ITEMS + b"APETAGEX\xe8\x03\0\0" + b"\xff" * 4 + bytes(16),
        LYRICS,
    ],
)
def test_a_damaged_tag_that_is_longer_than_the_file_hides_no_music(tag: bytes, tmp_path: Path) -> None:
    song = write(tmp_path / "song.mp3", noise(4 * RATE)).read_bytes()
    path = tmp_path / "joined"
    path.write_bytes(song + tag + b"some text" + song)
    found = scan(path)
    assert 7.9 < found.duration < 8.2
    assert found.truncated


@pytest.mark.parametrize("tags", [APE + id3(100_000), APE1, LYRICS1, LYRICS2])
def test_an_mp3_is_as_long_as_it_says_whatever_else_is_in_the_file(tags: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "song.mp3", noise(2 * RATE))
    path.write_bytes(path.read_bytes() + tags)
    found = scan(path)
    assert 1.9 < found.duration < 2.1
    assert not found.truncated


@pytest.mark.parametrize("behind", [b"", V1, APE, APE1 + LYRICS2])
@pytest.mark.parametrize("zeros", [1, 300, 5000, 60_000])
def test_zeros_that_fill_an_mp3_up_are_no_damage(zeros: int, behind: bytes, tmp_path: Path) -> None:
    song = write(tmp_path / "song.mp3", noise(2 * RATE)).read_bytes()
    path = tmp_path / "filled"
    for before in (b"", V1, APE):
        path.write_bytes(song + before + bytes(zeros) + behind)
        found = scan(path)
        assert 1.9 < found.duration < 2.1
        assert not found.truncated


@pytest.mark.parametrize("zeros", [500, 5000, 100_000])
def test_zeros_in_the_middle_of_an_mp3_are_damage(zeros: int, tmp_path: Path) -> None:
    song = write(tmp_path / "song.mp3", noise(8 * RATE)).read_bytes()
    path = tmp_path / "damaged"
    for content in (
        song[:20_000] + bytes(zeros) + song[20_000 + zeros :],
        song + bytes(zeros) + song,
        song + bytes(zeros) + APE + song,
    ):
        path.write_bytes(content)
        assert scan(path).truncated


def test_zeros_in_place_of_the_rest_of_an_mp3_are_damage(tmp_path: Path) -> None:
    """As where a download made room for all of it, and stopped; even where the song doesn't say how long it is."""
    song = write(tmp_path / "song.mp3", noise(20 * RATE)).read_bytes()
    path = tmp_path / "stopped"
    for begin in (0, song.index(b"\xff\xfb", song.index(b"Info"))):
        for zeros in (len(song) // 4, len(song) // 2):
            path.write_bytes(song[begin : len(song) - zeros] + bytes(zeros))
            assert scan(path).truncated


@pytest.mark.parametrize("kind", ["aac", "m4a"])
def test_damaged_aac_costs_some_of_the_song_and_not_all(kind: str, tmp_path: Path) -> None:
    content = write(tmp_path / f"song.{kind}", noise(6 * RATE)).read_bytes()
    path = tmp_path / "damaged"
    for seed in range(8):
        rng = np.random.default_rng(seed)
        start = int(rng.integers(len(content) // 3, len(content) // 2))
        path.write_bytes(content[:start] + rng.bytes(400) + content[start + 400 :])
        assert scan(path).duration > 4


@pytest.mark.parametrize("kind", ["aac", "mp3"])
def test_a_burst_from_a_damaged_place_does_not_turn_the_song_down(kind: str, tmp_path: Path) -> None:
    """What is decoded there may be 100 dB over full scale; 16 bits turned down by that are silent."""
    content = write(tmp_path / f"song.{kind}", 0.5 * mix(song(6))).read_bytes()
    path = tmp_path / "damaged"
    for seed in (2, 10, 22, 26, 32):
        rng = np.random.default_rng(seed)
        damaged = bytearray(content)
        for place in rng.integers(2000, len(content), 20):
            damaged[place] = int(rng.integers(256))
        path.write_bytes(damaged)
        found = scan(path)
        assert found.duration > 5
        assert found.gain * found.peak <= HEADROOM
        assert found.gain > 0.04
        assert found.truncated or kind == "mp3"  # an MP3 decodes to something else without a word


@pytest.mark.parametrize("damage", [1e30, -1e30, 2e5, np.inf, np.nan])
def test_a_sample_that_cannot_be_music_does_not_turn_the_song_down(damage: float, tmp_path: Path) -> None:
    sound = noise(RATE)
    sound[0, 1000] = damage
    path = tmp_path / "damaged"
    path.write_bytes(wav(sound))
    found = scan(path)
    assert (found.frames, found.gain, found.truncated) == (RATE, 1, True)


@pytest.mark.parametrize("rate", [RATE, 48_000])  # where it is resampled, one sample becomes many
@pytest.mark.parametrize("wild", [20.0, -3000.0, 9e4])
def test_a_wild_sample_is_silent_and_the_song_is_not(
    wild: float, rate: int, tmp_path: Path, classical: Model
) -> None:
    """The song was turned down by up to 100 dB, of which 16 bits hold nothing."""
    paths = {name: tmp_path / name for name in ("damaged", "silent")}
    sound = noise(5 * rate)
    for path, sample in zip(paths.values(), (wild, 0), strict=True):
        sound[0, 1000] = sample
        path.write_bytes(wav(sound, rate))
    found = scan(paths["damaged"])
    assert (found.gain, found.truncated) == (1, True)
    assert found.statistics == scan(paths["silent"]).statistics
    with AudioReader(paths["silent"]) as reader:
        silent = np.concatenate(list(reader), axis=1)
    stems = np.concatenate(list(separate(paths["damaged"], classical, found)), axis=2)
    np.testing.assert_allclose(stems.sum(axis=0), silent, atol=1e-6)
    stem = import_stem(paths["damaged"], "voice", lambda _name, _content: None)
    assert (stem.gain, stem.truncated) == (1, True)


def test_peaks_of_floats_come_through_however_rare_they_are(tmp_path: Path) -> None:
    sound = noise(5 * RATE)
    sound[0, 1000] = 9.5  # 19.6 dB over full scale
    (tmp_path / "hot").write_bytes(wav(sound))
    found = scan(tmp_path / "hot")
    assert found.peak == pytest.approx(9.5)
    assert not found.truncated


def test_a_crash_in_silence_of_floats_that_are_meant_as_integers_is_kept(tmp_path: Path) -> None:
    sound = np.zeros((2, 60 * RATE), np.float32)
    sound[:, : RATE // 20] = 8000 * noise(RATE // 20)
    (tmp_path / "crash").write_bytes(wav(sound))
    found = scan(tmp_path / "crash")
    assert found.peak > 100
    assert not found.truncated


def test_a_loud_file_of_floats_is_no_burst(tmp_path: Path) -> None:
    (tmp_path / "loud").write_bytes(wav(1000 * noise(RATE)))
    found = scan(tmp_path / "loud")
    assert found.peak > 100
    assert not found.truncated


@pytest.mark.parametrize("unknown", [0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, 0x8000_0000])
def test_a_wav_that_was_written_into_a_pipe_is_whole(unknown: int, tmp_path: Path) -> None:
    content = bytearray(wav(noise(RATE)))
    place = content.index(b"data") + 4
    content[place : place + 4] = unknown.to_bytes(4, "little")
    path = tmp_path / "piped.wav"
    path.write_bytes(content)
    found = scan(path)
    assert (found.frames, found.truncated) == (RATE, False)


def test_a_whole_song_is_not_called_truncated(tmp_path: Path) -> None:
    for kind in ("mp3", "wav", "flac", "m4a", "aiff", "opus"):
        path = write(tmp_path / f"song.{kind}", noise(FRAMES), 48_000 if kind == "opus" else RATE)
        assert not scan(path).truncated, kind
