"""What is said of a link before it becomes a stem."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import trustme
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from sharing.api import links as api
from sharing.hosted import check as checking
from sharing.hosted import dial, length, links, urls
from sharing.hosted.check import Checked, check
from tests.hosts import File, Host, Request, redirect, silence, status
from tests.running import free_port
from tests.separation.audio_files import KINDS, write
from tests.separation.sounds import RATE

SECONDS = 3.5


class Sounds(dict[str, bytes]):
    """Files by their kind."""

    def __repr__(self) -> str:
        """Short, for reports of failures."""
        return "sounds"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """A few seconds of sound, in each format."""
    folder = tmp_path_factory.mktemp("sounds")
    rates = {kind: 48_000 if kind == "opus" else RATE for kind in KINDS}
    noise = np.random.default_rng(1).normal(0, 0.1, (2, int(SECONDS * 48_000))).astype(np.float32)
    return Sounds(
        (kind, write(folder / f"a.{kind}", noise[:, : int(SECONDS * rate)], rate).read_bytes())
        for kind, rate in rates.items()
    )


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "opus", "aiff"])
def test_the_length_is_told_from_the_ends_of_a_file(kind: str, sounds: Sounds, host: Host) -> None:
    found = check(host.at(f"/03_Lead%20Vox.{kind}", File(sounds[kind], f"audio/{kind}")))
    assert found.ok, found.problem
    assert found.seconds == pytest.approx(SECONDS, abs=0.1)
    assert (found.name, found.size, found.content_type) == ("Lead Vox", len(sounds[kind]), f"audio/{kind}")
    assert (found.range, found.cors, found.keepable) == (True, True, True)
    assert len(host.asked) <= 2
    assert all("Range" in asked.headers for asked in host.asked)


@pytest.mark.parametrize("kind", ["aac", "w64"])
def test_where_they_don_t_tell_it_stays_unknown(kind: str, sounds: Sounds, host: Host) -> None:
    found = check(host.at(f"/a.{kind}", File(sounds[kind])))
    assert found.ok
    assert found.seconds is None or found.seconds == pytest.approx(SECONDS, abs=0.5)


def test_a_header_that_doesn_t_know_its_length_yet(sounds: Sounds, host: Host) -> None:
    streamed = bytearray(sounds["wav"])
    at = streamed.index(b"data") + 4
    streamed[at : at + 4] = streamed[4:8] = b"\xff\xff\xff\xff"
    assert check(host.at("/a.wav", File(bytes(streamed)))).seconds == pytest.approx(SECONDS, abs=0.1)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=12),
    size=st.integers(0, 2**40),
)
def test_no_header_hurts(kind: str, changes: list[tuple[int, int]], size: int, sounds: Sounds) -> None:
    sound = bytearray(sounds[kind][:20_000])
    for at, value in changes:
        sound[at] = value
    found = length.seconds(bytes(sound), bytes(sound[-5_000:]), size)
    assert found is None or 0 < found < 1e6


@pytest.mark.parametrize(
    ("file", "range_", "cors"),
    [
        ({}, True, True),
        ({"cors": None}, True, False),
        ({"cors": "https://other.example"}, True, False),
        ({"ranged": False}, False, True),
        ({"expose": ""}, True, True),
        ({"expose": "*"}, True, True),
        ({"cors": None, "ranged": False}, False, False),
    ],
)
def test_what_a_page_may_do_with_it(
    file: dict[str, Any], range_: bool, cors: bool, sounds: Sounds, host: Host
) -> None:
    found = check(host.at("/a.mp3", File(sounds["mp3"], **file)))
    assert (found.ok, found.range, found.cors, found.keepable) == (True, range_, cors, True)


def test_it_is_read_as_a_page_of_ours(sounds: Sounds, host: Host, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://stems.example.org/below"
    url = host.at("/a.mp3", File(sounds["mp3"], cors="https://stems.example.org"))
    assert check(url).cors
    assert not check(url, origin="http://192.168.1.5:8000").cors


def test_an_encrypted_page_plays_no_plain_link(
    sounds: Sounds, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.at("/a.mp3", File(sounds["mp3"]))
    for port in (host.port, 80):  # whether or not the host might have https as well
        monkeypatch.setitem(urls.PORTS, "http", port)
        monkeypatch.setitem(urls.PORTS, "https", free_port())
        found = check(url, origin="https://stems.example.org")
        assert not found.ok
        assert found.keepable
        assert found.problem is not None
        assert found.problem.code == "unencrypted"
        assert check(url, origin="http://stems.example.org").ok


def test_it_plays_the_same_by_https_where_there_is_that(
    sounds: Sounds, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.2").configure_cert(theirs)
    monkeypatch.setattr(dial, "_trust", lambda: ours)
    with Host("127.0.0.2", theirs) as secure:
        secure.at("/a.mp3", File(sounds["mp3"]))
        monkeypatch.setitem(urls.PORTS, "http", host.port)
        monkeypatch.setitem(urls.PORTS, "https", secure.port)
        found = check(host.url("/a.mp3"), origin="https://stems.example.org")
    assert found.ok
    assert found.url == "https://127.0.0.2/a.mp3"
    assert host.asked == []


def test_a_pointer_leads_to_the_large_file(
    sounds: Sounds, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "of_pointer", lambda url: url.replace("/raw/", "/media/"))
    host.at("/media/a.mp3", File(sounds["mp3"]))
    url = host.at("/raw/a.mp3", File(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"))
    found = check(url)
    assert (found.ok, found.url, found.size) == (True, host.url("/media/a.mp3"), len(sounds["mp3"]))


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (status(404), "not_found"),
        (status(403), "forbidden"),
        (status(500), "host_error"),
        (File(b"<!doctype html><form>", "text/html"), "not_audio"),
        (redirect("http://127.0.0.1/"), "refused_address"),
        (redirect("/a.wav"), "redirects"),
    ],
)
def test_what_is_wrong_is_said(do: Callable[[Request], None], code: str, host: Host) -> None:
    found = check(host.at("/a.wav", do))
    assert not found.ok
    assert not found.keepable
    assert found.problem is not None
    assert found.problem.code == code


def test_a_refused_link_is_not_asked_for(host: Host) -> None:
    for text in ("https://drive.google.com/file/d/1/view", "javascript:alert(1)", "not a link"):
        found = check(text)
        assert not found.ok
        assert found.problem is not None
    assert host.asked == []


def test_one_that_is_too_large_to_keep_may_still_be_played(
    sounds: Sounds, host: Host, settings: Settings
) -> None:
    settings.STEMLINK_MAX_UPLOAD_BYTES = 1_000
    found = check(host.at("/a.wav", File(sounds["wav"])))
    assert (found.ok, found.keepable) == (True, False)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="03_Lead Vox.wav"', "Lead Vox"),
        ("attachment; filename*=UTF-8''B%C3%A4sse.wav", "Bässe"),
        ('attachment; filename="../../etc/passwd"', "Passwd"),
        ("attachment", "AbCdEfGhIjKlMno"),
        # Which Python can't read.
        ("attachment; filename*=a; filename*0=b", "AbCdEfGhIjKlMno"),
        ("attachment; filename*=idna''%FF", "AbCdEfGhIjKlMno"),
    ],
)
def test_a_host_may_name_its_file(header: str, name: str, sounds: Sounds, host: Host) -> None:
    file = File(sounds["mp3"], headers={"Content-Disposition": header})
    host.at("/s/AbCdEfGhIjKlMno/download", file)
    found = check(host.url("/s/AbCdEfGhIjKlMno"))
    assert (found.ok, found.name) == (True, name)


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b" " * 70_000, ""),
        (bytes(70_000), ""),
        (b"<!doctype" + b" " * 70_000, ""),
        (b"\xff" * 70_000, ""),
        (b"OggS" * 17_000, ""),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff" * 70_000, ""),
        (b"RIFF____WAVE" + bytes(70_000), ""),
        (b"FORM____AIFF" + bytes(70_000), ""),
        (b"____ftypM4A " + bytes(70_000), ""),
        (b" ", 'a;"' + ";" * 30_000),
        (b" ", "a; filename*0=" + "x" * 30_000),
        (b" ", "".join(f"; filename*{n}=x" for n in range(1_500))),
    ],
)
def test_nothing_is_made_to_take_long(data: bytes, header: str, host: Host) -> None:
    file = File(data, headers={"Content-Disposition": header} if header else {})
    url = host.at("/a", file)
    began = time.process_time()
    check(url)
    assert time.process_time() - began < 1


# --- Many at once, over the API -----------------------------------------------------------------------------


def ask(client: Client, urls: Any, **headers: str) -> Any:
    return client.post("/api/links/", json.dumps({"urls": urls}), "application/json", headers=headers)


def test_each_row_says_how_its_link_is(client: Client, sounds: Sounds, host: Host) -> None:
    good = host.at("/MySong_Vocals.mp3", File(sounds["mp3"], "audio/mpeg"))
    host.at("/MySong_Drums.mp3", File(sounds["mp3"], "audio/mpeg"))
    texts = [f" {good}#t=1 ", host.url("/MySong_Drums.mp3"), "javascript:alert(1)", "\0", "", good]
    answer = ask(client, texts)
    assert answer.status_code == 200
    rows = answer.json()["links"]
    assert [row["original_url"] for row in rows] == [text.strip() for text in texts]
    assert rows[0] == {
        "original_url": f"{good}#t=1",
        "url": good,
        "name": "Vocals",
        "host": "127.0.0.2",
        "ok": True,
        "problem": None,
        "content_type": "audio/mpeg",
        "size": len(sounds["mp3"]),
        "seconds": pytest.approx(SECONDS, abs=0.1),
        "range": True,
        "cors": True,
        "keepable": True,
    }
    assert [row["ok"] for row in rows] == [True, True, False, False, False, True]
    assert rows[1]["name"] == "Drums"
    assert rows[2]["problem"]["code"] == "bad_scheme"
    assert rows[2]["url"] is None


@pytest.mark.parametrize("body", [[], ["a"] * 33, "https://example.org/", [1], [None], None, {"a": 1}])
def test_what_is_no_list_of_links_is_refused(client: Client, body: Any) -> None:
    answer = ask(client, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("text", ["\ud800", "https://example.org/\udfff", "\x00", "\u202e", "x" * 100_000])
def test_any_text_gets_its_row(client: Client, text: str) -> None:
    answer = ask(client, [text])
    assert answer.status_code == 200
    (row,) = answer.json()["links"]
    assert not row["ok"]
    assert len(row["original_url"]) <= 2_000


def test_a_link_that_grows_too_long_spoils_one_row_only(client: Client, sounds: Sounds, host: Host) -> None:
    """An address may have more characters than the link that was pasted."""
    good = host.at("/a.wav", File(sounds["wav"], "audio/wav"))
    rows = ask(client, [good, host.url("/" + "\u00e9" * 1000)]).json()["links"]
    assert [row["ok"] for row in rows] == [True, False]
    assert rows[1]["problem"]["code"] == "too_long"


def test_a_fault_of_ours_spoils_one_row_only(
    client: Client, sounds: Sounds, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(length, "seconds", broken)
    rows = ask(client, [host.at("/a.mp3", File(sounds["mp3"])), host.at("/b.wav", status(404))]).json()[
        "links"
    ]
    assert [row["problem"]["code"] for row in rows] == ["bad_answer", "not_found"]


def test_slow_hosts_hold_nobody_up(
    client: Client, sounds: Sounds, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "ALL_SECONDS", 1.0)
    good = host.at("/a.mp3", File(sounds["mp3"]))
    began = time.monotonic()
    rows = ask(client, [host.at("/slow", silence), good]).json()["links"]
    assert time.monotonic() - began < 4
    assert [row["ok"] for row in rows] == [False, True]
    assert rows[0]["problem"]["code"] == "too_slow"


def test_pages_of_other_sites_can_t_have_links_fetched(client: Client, host: Host) -> None:
    assert ask(client, [host.url()], Origin="https://evil.example").status_code == 403
    assert host.asked == []


def test_links_are_counted(client: Client, settings: Settings) -> None:
    settings.STEMLINK_CHECK_LIMIT = "5/hour"
    assert ask(client, ["x"] * 4).status_code == 200
    assert ask(client, ["x"] * 2).status_code == 429


def test_checks_leave_threads_for_others(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    api.slots.cache_clear()
    go, inside = threading.Event(), threading.Semaphore(0)

    def slow(texts: Sequence[str], origin: str) -> list[Checked]:
        inside.release()
        go.wait(10)
        return []

    monkeypatch.setattr(api, "check_all", slow)
    threads = [threading.Thread(target=ask, args=(Client(), ["x"])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=10)
    assert ask(client, ["x"]).status_code == 429, "one client has half of the slots"
    go.set()
    for thread in threads:
        thread.join()
    assert ask(client, ["x"]).status_code == 200
