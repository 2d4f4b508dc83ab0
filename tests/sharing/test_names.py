"""Names of stems, guessed from file names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing import names, words


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("03_Lead Vox.wav", "Lead Vox"),
        ("1) Kick.wav", "Kick"),
        ("[01] Snare.wav", "Snare"),
        ("Track 03 - Lead.wav", "Lead"),
        ("07.wav", "07"),
        ("808 Bass.wav", "808 Bass"),
        ("12-string guitar.flac", "12-string guitar"),
        ("Song - Drums (Stem).mp3", "Drums"),
        ("Artist - Song - Lead Vocals.m4a", "Lead Vocals"),
        ("Artist - Song.m4a", "Artist - Song"),
        ("My%20Song%20-%20Bass.wav", "Bass"),
        ("100%25.wav", "100%"),
        ("lead-vox-double.wav", "Lead vox double"),
        ("Hi-Hat.wav", "Hi-Hat"),
        ("Lead.Vox.mp3", "Lead Vox"),
        ("lead+vox.mp3", "Lead vox"),
        ("Vox (double).wav", "Vox (double)"),
        ("(Vox).wav", "Vox"),
        ("vocals.stem.mp4", "Vocals"),
        ("C:\\mixes\\Kick In_44.1kHz_24bit.wav", "Kick In"),
        ("/tmp/Bass 120bpm.wav", "Bass"),
        ("ÜBUNG_été.flac", "ÜBUNG été"),
        ("歌声.wav", "歌声"),
        ("\u202egpj.exe\u202c.wav", "Gpj exe"),
        ("<b>Vox</b>.wav", "B>"),
        ("", "Stem"),
        ("....", "Stem"),
    ],
)
def test_a_file_name_becomes_a_name(filename: str, name: str) -> None:
    assert names.from_filename(filename) == name


@pytest.mark.parametrize(
    ("filenames", "expected"),
    [
        (["MySong_Vocals.wav", "MySong_Drums.wav"], ["Vocals", "Drums"]),
        (["01 MySong_Vocals.wav", "02 MySong_Drums.wav"], ["Vocals", "Drums"]),
        (["Vocals_MySong 120bpm.wav", "Kick_mysong 120bpm.wav"], ["Vocals", "Kick"]),
        (["Song (Drums).wav", "Song (Bass).wav"], ["Drums", "Bass"]),
        (["Guitar 1.wav", "Guitar 2.wav"], ["Guitar 1", "Guitar 2"]),
        (["Guitar L.wav", "Guitar R.wav"], ["Guitar L", "Guitar R"]),
        (["MySong Vocals Lead.wav", "MySong Vocals Double.wav"], ["Vocals Lead", "Vocals Double"]),
        (["Song.wav", "Song Drums.wav"], ["Song", "Song Drums"]),
        (["a.wav", "a.wav"], ["A", "A"]),
        (["MySong_Vocals.wav"], ["MySong Vocals"]),
        ([], []),
    ],
)
def test_what_all_files_of_a_song_begin_or_end_with_is_left_out(
    filenames: list[str], expected: list[str]
) -> None:
    assert names.from_filenames(filenames) == expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/03%20Lead%20Vox.wav?x=1#t=3", "Lead Vox"),
        ("https://cloud.example.org/s/Bass.wav/download", "Bass"),
        ("https://example.org/", "Stem"),
    ],
)
def test_an_address_names_its_file(url: str, name: str) -> None:
    assert names.from_url(url) == name


@given(st.lists(st.text(max_size=120), max_size=6))
def test_any_text_gives_names_that_can_be_shown(filenames: list[str]) -> None:
    found = names.from_filenames(filenames)
    assert len(found) == len(filenames)
    for name in found:
        assert name
        assert name == words.clean(name, words.NAME_LENGTH)


def test_names_of_many_words_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(names, "instrument", asked.append)
    names.from_filenames(["1 " * 120 + "z"] * 31 + ["1 " * 120])
    assert len(asked) < 3 * 32 * 121, "each word is looked at once from either end"


@given(
    st.lists(st.sampled_from(["Vocals", "Drums", "Bass", "Lead Gtr", "Rhodes"]), min_size=2, unique=True),
    st.sampled_from(["My Tune", "nightfall", "Ölüm"]),
    st.sampled_from(["_", " - ", "-"]),
)
def test_a_song_in_front_never_stays(stems: list[str], song: str, between: str) -> None:
    assert names.from_filenames([f"{song}{between}{stem}.wav" for stem in stems]) == stems
