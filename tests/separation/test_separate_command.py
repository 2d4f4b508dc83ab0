"""The options of `manage.py separate`, on songs of a second: what each does to the files, and what it refuses."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from separation.files import Output, Written
from separation.management.commands import separate as command
from separation.models.classical import Classical
from separation.scan import scan
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, Sound, noise

pytestmark = pytest.mark.usefixtures("own_signals")

FULL = {16: 32768, 24: 1 << 31, 32: 1}
LOUD = 0.3  # so that the scan turns the stems down


@pytest.fixture(scope="module")
def sound() -> Sound:
    """What a 16-bit file of it holds."""
    exact: Sound = (np.rint(np.clip(noise(RATE, level=LOUD), -1, 0.9) * 32768) / 32768).astype(np.float32)
    return exact


@pytest.fixture
def song(tmp_path: Path, sound: Sound) -> Path:
    path = tmp_path / "songs" / "song.wav"
    path.parent.mkdir()
    path.write_bytes(wav(sound, bits=16))
    return path


def separate(*songs: Path | str, out: Path, **options: object) -> int:
    """Run the command; returns its status."""
    try:
        call_command("separate", *map(str, songs), out=out, model="classical", device="cpu", **options)
    except SystemExit as end:
        return int(str(end.code))
    return 0


def read(path: Path) -> tuple[NDArray[np.float64], str, int]:
    """Samples (channels, frames) of full scale 1, the codec, and how many bits it has."""
    with av.open(str(path), "r") as container:
        codec = container.streams.audio[0].codec_context
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    whole = np.concatenate(blocks, axis=1)
    samples = whole.reshape(-1, 2).T if whole.shape[0] == 1 else whole
    bits = {"int16": 16, "int32": 24, "float32": 32}[str(samples.dtype)]
    return samples.astype(np.float64) / FULL[bits], codec.name, bits


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def sum_of(folder: Path) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.sum([read(path)[0] for path in folder.iterdir()], axis=0)
    return total


@pytest.mark.parametrize(
    ("options", "codec", "bits"),
    [
        ({}, "flac", 16),
        ({"format": "wav"}, "pcm_s16le", 16),
        ({"int24": True}, "flac", 24),
        ({"format": "wav", "int24": True}, "pcm_s24le", 24),
        ({"float32": True}, "pcm_f32le", 32),
        ({"format": "mp3"}, "mp3float", 32),
    ],
)
def test_formats_and_depths(
    options: dict[str, object], codec: str, bits: int, song: Path, tmp_path: Path
) -> None:
    assert separate(song, out=tmp_path / "out", **options) == 0
    for path in (tmp_path / "out" / "song").iterdir():
        samples, name, depth = read(path)
        assert (name, depth, samples.shape) == (codec, bits, (2, RATE))


def test_one_gain_for_all_stems_unless_there_is_none(
    song: Path, sound: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert separate(song, out=tmp_path / "soft", float32=True) == 0
    assert "dB softer" in capsys.readouterr().err
    gain = 0.5 / np.abs(sound).max()
    np.testing.assert_allclose(sum_of(tmp_path / "soft" / "song"), sound * gain, atol=1e-6)
    assert separate(song, out=tmp_path / "loud", float32=True, no_gain=True) == 0
    assert "softer" not in capsys.readouterr().err
    np.testing.assert_allclose(sum_of(tmp_path / "loud" / "song"), sound, atol=1e-6)


def test_two_stems_sum_to_the_song_to_the_bit(song: Path, sound: Sound, tmp_path: Path) -> None:
    assert separate(song, out=tmp_path / "out", two_stems="vocals", no_gain=True) == 0
    folder = tmp_path / "out" / "song"
    assert files(folder) == ["no_vocals.flac", "vocals.flac"]
    np.testing.assert_array_equal(sum_of(folder), sound)


def test_the_stem_of_two_is_the_one_of_four(song: Path, tmp_path: Path) -> None:
    assert separate(song, out=tmp_path / "four") == 0
    assert separate(song, out=tmp_path / "two", two_stems="drums") == 0
    of_two = (tmp_path / "two" / "song" / "drums.flac").read_bytes()
    assert of_two == (tmp_path / "four" / "song" / "drums.flac").read_bytes()


@pytest.mark.parametrize(
    ("clipped", "words"), [(1, "a sample is louder"), (1200, "1,200 samples are louder")]
)
def test_one_sample_that_is_cut_off_is_told_as_one(clipped: int, words: str, song: Path) -> None:
    notes = command._notes(Written((), scan(song), 1.0, clipped), Output(format="flac", bits=16))
    assert notes == [f"{words} than flac can hold and cut off there."]


def test_samples_that_are_cut_off_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = tmp_path / "loud.wav"
    song.write_bytes(wav(noise(RATE, level=1.0)))
    assert separate(song, out=tmp_path / "out", no_gain=True) == 0
    assert "louder than flac can hold" in capsys.readouterr().err
    assert separate(song, out=tmp_path / "floats", no_gain=True, float32=True) == 0
    assert "louder" not in capsys.readouterr().err


def test_the_bitrate_of_an_mp3(song: Path, tmp_path: Path) -> None:
    for kbit in (64, 320):
        assert separate(song, out=tmp_path / str(kbit), format="mp3", mp3_bitrate=kbit) == 0
    small, large = ((tmp_path / kbit / "song" / "bass.mp3").stat().st_size for kbit in ("64", "320"))
    assert 4.5 < large / small < 5.1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"float32": True, "format": "flac"}, "only that holds floating point"),
        ({"int24": True, "format": "mp3"}, "--int24 is for flac and wav"),
        ({"mp3_bitrate": 128}, "is for --format mp3"),
        ({"two_stems": "flute"}, "no stem 'flute'. Choose one of: vocals, drums, bass, other"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anything_is_done(
    options: dict[str, object], words: str, song: Path, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=words):
        separate(song, out=tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_folder_is_searched_and_what_is_no_song_is_left(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = song.parent
    for place in ("album/one.wav", "album/.hidden.wav", ".trash/two.wav", "album/cover.jpg", "empty/x.txt"):
        (root / place).parent.mkdir(exist_ok=True)
        (root / place).write_bytes(song.read_bytes())
    out = root / "stems"
    assert separate(root, root / "album" / "one.wav", out=out, two_stems="bass") == 0
    assert files(out) == [f"{name}/{stem}.flac" for name in ("one", "song") for stem in ("bass", "no_bass")]
    printed = capsys.readouterr()
    assert sorted(printed.out.split()) == [str(out / name) for name in files(out)]
    assert "2 separated." in printed.err
    # The stems lie below the folder that is searched, and are no songs.
    assert separate(root, out=out, two_stems="bass") == 0
    assert "2 there already." in capsys.readouterr().err
    assert separate(root / "empty", out=out) == 1
    assert "no song in this folder" in capsys.readouterr().err


def test_songs_of_one_name_keep_apart(song: Path, tmp_path: Path) -> None:
    for place in ("a/song.wav", "b/song.wav", "b/Song.WAV", "b/other.wav"):
        path = tmp_path / "music" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(song.read_bytes())
    out = tmp_path / "out"
    assert separate(tmp_path / "music", song, out=out, two_stems="bass") == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "a - song.wav",
        "b - Song.WAV",
        "b - song.wav (2)",
        "other",
        "songs - song.wav",
    ]


def test_a_song_from_the_standard_input_is_not_taken_for_the_one_before(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"

    def piped(**options: object) -> int:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(song.read_bytes())))
        return separate("-", out=out, two_stems="bass", **options)

    assert piped() == 0
    assert files(out) == ["stdin/bass.flac", "stdin/no_bass.flac"]
    assert piped() == 1
    assert "another -o keeps it" in capsys.readouterr().err
    assert piped(force=True) == 0


def test_a_name_that_no_file_can_have_takes_no_song_with_it(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert separate("x" * 300, song, out=tmp_path / "out", two_stems="bass") == 1
    assert files(tmp_path / "out") == ["song/bass.flac", "song/no_bass.flac"]
    assert "1 separated, 1 failed." in capsys.readouterr().err.replace(
        "1 failed, 1 separated", "1 separated, 1 failed"
    )


def test_stems_that_are_there_stay_unless_forced(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert separate(song, out=out, two_stems="bass") == 0
    mine = out / "song" / "bass.flac"
    mine.write_text("mine")
    assert separate(song, out=out, two_stems="bass") == 0
    assert "--force makes them anew" in capsys.readouterr().err
    (out / "song" / "no_bass.flac").unlink()
    assert separate(song, out=out, two_stems="bass") == 1
    assert "has bass.flac already; --force replaces" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    (out / "song" / "notes.txt").write_text("kept")
    assert separate(song, out=out, two_stems="bass", force=True) == 0
    assert files(out) == ["song/bass.flac", "song/no_bass.flac", "song/notes.txt"]
    assert read(mine)[0].shape == (2, RATE)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a/b: c?.wav", "b_ c_"),
        ("line\nbreak \x1b[31m.wav", "line break [31m"),
        ("...wav", "song"),
        ("con.wav", "_con"),
        ("-o.wav", "o"),
        ("ü" * 120 + ".wav", "ü" * 40),
        ("bad \udcff byte.wav", "bad byte"),
    ],
)
def test_odd_names(
    name: str, folder: str, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / name
    odd.parent.mkdir(exist_ok=True)
    song.rename(odd)
    assert separate(odd, out=tmp_path / "out", two_stems="bass") == 0
    assert files(tmp_path / "out") == [f"{folder}/bass.flac", f"{folder}/no_bass.flac"]
    assert "\x1b" not in capsys.readouterr().err


def test_a_song_for_which_there_is_no_memory_is_told_in_one_line(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise MemoryError("Unable to allocate 3.00 GiB for an array")

    monkeypatch.setattr("separation.files.separate_to_files", full)
    assert separate(song, out=tmp_path / "out") == 1
    told = " ".join(capsys.readouterr().err.split())
    assert told == f"{song}: The memory of this machine is full. Try again when the machine has less to do."


def test_a_model_for_which_there_is_no_room_is_told_in_one_line(
    song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_model: Classical, _device: torch.device) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Classical, "to", full)
    with pytest.raises(CommandError, match="not enough memory for classical"):
        separate(song, out=tmp_path / "out")
