"""Whatever a song is called: its files can be saved on every system, and its name breaks out of no header."""

import re
import zipfile
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sharing.filenames import disposition, file_name, unique
from tests.sharing.recordings import body, record

# Only in ASCII these are quotes, slashes, dots, a device.
ALIKE = "\uff02\uff0f\uff3c\uff0e\uff1a\uff05\uff1b\uff5c\uff0a\uff1f\uff1c\uff1e\uff5e\u2026\u2100\uff23\uff2f\uff2e"
TITLES = st.text() | st.text(
    alphabet='.. /\\"%;:*?<>|\r\n\0\u202e\u200d\ufeffCONaux1-~é\U0001f600' + ALIKE, max_size=300
)
HOSTILE = {
    "../../etc/passwd": "_.._etc_passwd - Vocals.flac",
    "C:\\Windows\\x": "C__Windows_x - Vocals.flac",
    'a"; filename="evil.exe': "a_; filename=_evil.exe - Vocals.flac",
    "one\r\nSet-Cookie: a=b": "one Set-Cookie_ a=b - Vocals.flac",
    "\u202egpj.exe": "gpj.exe - Vocals.flac",
    "nul.txt": "_nul.txt - Vocals.flac",
    "COM\u00b9 .x": "_COM\u00b9 .x - Vocals.flac",
    "-rf ~": "rf - Vocals.flac",
    "...": "Vocals.flac",
    "": "Vocals.flac",
    "\u00e9" * 200: "\u00e9" * 40 + " - Vocals.flac",
    "\U0001f469\u200d\U0001f3a4 sings": "\U0001f469\u200d\U0001f3a4 sings - Vocals.flac",
}


@pytest.mark.parametrize("title", HOSTILE)
def test_known_tricks(title: str) -> None:
    assert file_name(title, "Vocals", "flac") == HOSTILE[title]


@given(title=TITLES, stem=TITLES)
def test_any_title_gives_a_name_that_every_system_takes(title: str, stem: str) -> None:
    name = file_name(title, stem, "flac")
    assert re.fullmatch(r'[^<>:"/\\|?*\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+\.flac', name)
    assert len(name.encode()) <= 143
    assert name[0] not in " .-~"
    assert not re.match(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", name, re.IGNORECASE)
    assert not name.removesuffix(".flac").endswith((" ", "."))


@given(title=TITLES)
def test_any_name_stays_inside_its_header(title: str) -> None:
    name = file_name(title, "", "zip")
    header = disposition(name)
    found = re.fullmatch(
        r'attachment; filename="([ -~]+)\.zip"; filename\*=UTF-8\'\'([\w.%~-]+)', header, re.ASCII
    )
    assert found, header
    assert not set(found[1]) & set('"/\\<>:|?*%;')
    assert found[1][0] not in " .-~"
    assert not re.match(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", found[1], re.IGNORECASE)
    assert unquote(found[2]) == name


@given(st.lists(TITLES, max_size=8))
def test_names_in_a_zip_differ_even_where_case_doesn_t_count(stems: list[str]) -> None:
    names = list(unique(file_name("A song", stem, "wav") for stem in stems))
    assert len({name.casefold() for name in names}) == len(stems)


@pytest.mark.django_db
def test_a_hostile_title_over_http(client: Client) -> None:
    made, _ = record(5_000, title='../a"\r\nX-Evil: 1; b\u202e/../c')
    response = client.get(f"{made.path}stems.zip?format=wav")
    assert "X-Evil" not in response
    with zipfile.ZipFile(BytesIO(body(response))) as packed:
        assert all(
            "/" not in name and "\\" not in name and ".." not in name[:2] for name in packed.namelist()
        )
