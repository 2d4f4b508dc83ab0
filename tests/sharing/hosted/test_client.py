"""The guarded client: what it takes, how much, how long, and where it goes."""

import gzip
import io
import socket
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import pytest

from sharing.errors import Stopped
from sharing.hosted import addresses, client, dial, problems
from tests.hosts import File, Host, Request, raw, redirect, silence, status
from tests.running import free_port
from tests.sharing.hosted.conftest import Names

SOUND = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256)) * 2_000


def fetched(url: str, **limits: float) -> bytes:
    into = io.BytesIO()
    found = client.fetch(
        url, into, most=int(limits.pop("most", 1_000_000)), seconds=limits.pop("seconds", 10)
    )
    assert found.size == len(into.getvalue())
    return into.getvalue()


def test_a_file_comes_whole(host: Host) -> None:
    url = host.at("/a.wav", File(SOUND))
    heard: list[tuple[int, int | None]] = []
    into = io.BytesIO()
    found = client.fetch(url, into, progress=lambda so_far, total: heard.append((so_far, total)))
    assert into.getvalue() == SOUND
    assert (found.url, found.content_type, found.size) == (url, "audio/wav", len(SOUND))
    assert heard[-1] == (len(SOUND), len(SOUND))
    assert heard == sorted(heard)


def test_it_says_who_asks_and_nothing_else(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    url = host.at("/a.wav", File(SOUND, headers={"Set-Cookie": "a=b"}))
    fetched(url)
    fetched(url)
    for asked in host.asked:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        assert headers.pop("user-agent").startswith("Stemlink/")
        assert headers.pop("host") == f"127.0.0.2:{host.port}"
        assert headers.pop("accept-encoding") == "identity"
        assert set(headers) == {"accept", "connection"}


def test_a_part_tells_the_size(host: Host) -> None:
    url = host.at("/a.wav", File(SOUND))
    head = client.head(url, length=1_000, origin="https://stems.example.org")
    assert head.data == SOUND[:1_000]
    assert (head.size, head.ranged, head.cors) == (len(SOUND), True, True)
    assert host.asked[0].headers["Range"] == "bytes=0-999"
    assert host.asked[0].headers["Origin"] == "https://stems.example.org"
    tail = client.head(url, start=len(SOUND) - 10, length=100)
    assert tail.data == SOUND[-10:]


def test_a_host_without_ranges_is_left_early(host: Host) -> None:
    url = host.at("/a.wav", File(SOUND, ranged=False))
    head = client.head(url, length=1_000)
    assert (head.data, head.size, head.ranged) == (SOUND[:1_000], len(SOUND), False)


@pytest.mark.parametrize("told", ["9" * 5_000, "-1", "1e9", "\u00b2", "0x10", ""])
def test_a_size_that_is_none_stays_unknown(host: Host, told: str) -> None:
    url = host.at("/a.wav", raw(f"HTTP/1.1 200 OK\r\nContent-Length: {told}\r\n\r\n".encode() + SOUND))
    assert client.head(url, length=100).size is None


@pytest.mark.parametrize("told", ["bytes 5-9/20", "bytes */20", "bits 0-9/20", "bytes 0-9", ""])
def test_a_part_that_wasn_t_asked_for_is_no_answer(host: Host, told: str) -> None:
    url = host.at("/a.wav", lambda request: request.answer(206, {"Content-Range": told}, SOUND[:10]))
    with pytest.raises(problems.BadAnswer):
        client.head(url)


@pytest.mark.parametrize(
    ("cors", "readable"),
    [
        ("*", True),
        ("https://stems.example.org", True),
        ("https://o.example", False),
        ("null", False),
        (None, False),
    ],
)
def test_who_may_read_is_seen_as_a_browser_sees_it(host: Host, cors: str | None, readable: bool) -> None:
    url = host.at("/a.wav", File(SOUND, cors=cors))
    assert client.head(url, origin="https://stems.example.org").cors is readable


def test_all_on_the_way_have_to_let_it_be_read(host: Host) -> None:
    url = host.at("/a.wav", File(SOUND))
    silent = host.at("/silent", redirect(url))
    open_ = host.at("/open", redirect(url, cors="*"))
    assert not client.head(silent).cors
    assert client.head(open_).cors


def test_the_second_host_is_not_told_where_it_began(host: Host) -> None:
    with Host("127.0.0.2") as other:
        url = other.at("/a.wav", File(SOUND, cors="https://stems.example.org"))
        first = host.at("/", redirect(url, cors="*"))
        assert not client.head(first, origin="https://stems.example.org").cors
        assert other.asked[0].headers["Origin"] == "null"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (404, problems.NotThere),
        (410, problems.NotThere),
        (401, problems.LoginNeeded),
        (403, problems.LoginNeeded),
        (416, problems.NotThere),
        (429, problems.HostTrouble),
        (500, problems.HostTrouble),
        (503, problems.HostTrouble),
        (400, problems.BadAnswer),
        (204, problems.BadAnswer),
        (300, problems.BadAnswer),
    ],
)
def test_what_a_host_refuses_is_said(host: Host, code: int, problem: type[Exception]) -> None:
    url = host.at("/a.wav", status(code, b"" if code == 204 else b"<html>"))
    with pytest.raises(problem):
        fetched(url)


@pytest.mark.parametrize(
    ("data", "kind", "problem"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "text/html", problems.WebPage),
        (b"\n <html><body>login", "audio/wav", problems.WebPage),
        (b"Sign in", "text/html; charset=utf-8", problems.WebPage),
        (b"%PDF-1.7 ....", "audio/mpeg", problems.NotSound),
        (b"PK\x03\x04" + bytes(100), "application/zip", problems.NotSound),
        (b"", "audio/wav", problems.NotSound),
    ],
)
def test_what_is_no_sound_is_said(host: Host, data: bytes, kind: str, problem: type[Exception]) -> None:
    url = host.at("/a.wav", File(data, kind))
    with pytest.raises(problem):
        fetched(url)


def test_what_is_no_sound_is_seen_early(host: Host) -> None:
    into = io.BytesIO()
    with pytest.raises(problems.NotSound):
        client.fetch(host.at("/a.wav", File(b"%PDF-1.7" + bytes(3_000_000))), into)
    assert len(into.getvalue()) < 4_096


# --- Where it goes ------------------------------------------------------------------------------------------


def test_a_name_that_changes_its_mind_gains_nothing(host: Host, canary: Host, names: Names) -> None:
    host.at("/a.wav", File(SOUND))
    names.add("rebind.example", ["127.0.0.2"], ["127.0.0.1"])
    assert fetched(host.url("/a.wav", "rebind.example")) == SOUND
    assert names.asked == ["rebind.example"], "it was resolved once"
    assert host.asked[0].headers["Host"] == f"rebind.example:{host.port}"
    with pytest.raises(problems.RefusedAddress):
        fetched(f"http://rebind.example:{canary.port}/")


def test_one_private_address_spoils_a_name(host: Host, canary: Host, names: Names) -> None:
    names.add("mixed.example", ["127.0.0.2", "127.0.0.1"])
    with pytest.raises(problems.RefusedAddress):
        fetched(host.url("/", "mixed.example"))
    assert host.asked == []


def test_this_machine_s_public_address_opens_no_inner_door(
    canary: Host, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda _address: True)
    names.add("ours.example", ["127.0.0.1"])
    with pytest.raises(problems.RefusedAddress):
        fetched(canary.url(host="ours.example"))
    assert dial._may_reach(ip_address("127.0.0.1"), 443, ())
    assert dial._may_reach(ip_address("192.0.2.1"), 8443, ())


def test_every_redirect_is_checked_again(host: Host, canary: Host, names: Names) -> None:
    names.add("inside.example", ["127.0.0.1"])
    for target in (canary.url(), canary.url(host="inside.example"), f"//127.0.0.1:{canary.port}/"):
        for code in (301, 302, 303, 307, 308):
            with pytest.raises(problems.RefusedAddress):
                fetched(host.at("/away", redirect(target, code)))


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.2/", "http://a:b@127.0.0.2/", "http://[::1", "data:,x"]
)
def test_a_redirect_leads_to_the_web_or_nowhere(host: Host, target: str) -> None:
    with pytest.raises(problems.Redirected):
        fetched(host.at("/away", redirect(target)))


def test_redirects_that_never_end_do(host: Host) -> None:
    with pytest.raises(problems.Redirected):
        fetched(host.at("/loop", redirect("/loop")))
    assert len(host.asked) == 6


def test_a_few_redirects_are_followed(host: Host) -> None:
    host.at("/5", File(SOUND))
    for number in range(5):
        host.at(f"/{number}", redirect(f"{number + 1}?x=a b#there"))
    assert fetched(host.url("/0")) == SOUND


def test_another_address_of_the_name_is_tried(
    host: Host, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    names.add("two.example", ["127.0.0.3", "127.0.0.2"])
    monkeypatch.setattr("django.conf.settings.STEMLINK_FETCH_NETWORKS", ["127.0.0.2/31"])
    host.at("/a.wav", File(SOUND))
    assert fetched(host.url("/a.wav", "two.example")) == SOUND


def test_what_isn_t_there_is_told_apart() -> None:
    with pytest.raises(problems.NameUnknown):
        fetched("http://no.example/a.wav")
    with pytest.raises(problems.FetchProblem) as refused:
        fetched(f"http://127.0.0.2:{free_port()}/a.wav")
    assert refused.value.code == "unreachable"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (socket.EAI_NONAME, "dns"),
        (socket.EAI_NODATA, "dns"),
        (socket.EAI_AGAIN, "unreachable"),
        (socket.EAI_FAIL, "unreachable"),
    ],
)
def test_a_name_that_nobody_could_look_up_may_exist(
    told: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(*_asked: object, **_how: object) -> None:
        raise socket.gaierror(told, "so says the resolver")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(problems.FetchProblem) as refused:
        fetched("http://stems.example/a.wav")
    assert refused.value.code == code


def test_a_name_that_nobody_looks_up_keeps_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems ask each of their name servers for seconds, several times over."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_how: time.sleep(8))
    began = time.monotonic()
    with pytest.raises(problems.TooSlow):
        fetched("http://stems.example/a.wav", seconds=0.5)
    with pytest.raises(Stopped):
        client.fetch(
            "http://stems.example/a.wav",
            io.BytesIO(),
            should_stop=lambda: time.monotonic() - began > 0.8,
        )
    assert time.monotonic() - began < 6


# --- How much, and how long ---------------------------------------------------------------------------------


def endless(request: Request) -> Iterator[None]:
    request.send_response(200)
    request.send_header("Content-Type", "audio/wav")
    request.end_headers()
    request.wfile.write(SOUND)
    return request.until_the_end()


def endless_body(request: Request) -> None:
    for _ in endless(request):
        request.wfile.write(SOUND)


def dripping_body(request: Request) -> None:
    for _ in endless(request):
        request.wfile.write(b"x")


def silent_body(request: Request) -> None:
    for _ in endless(request):
        pass


def dripping_headers(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in request.until_the_end():
        request.wfile.write(b"x")


def always_continue(request: Request) -> None:
    for _ in request.until_the_end():
        request.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def endless_chunk_size(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in request.until_the_end():
        request.wfile.write(b"0" * 10)


def dripping_chunk_size(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in request.until_the_end():
        request.wfile.write(b"0")


def dripping_trailers(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    request.wfile.write(b"%x\r\n%s\r\n0\r\n" % (len(SOUND), SOUND))
    for _ in request.until_the_end():
        request.wfile.write(b"X: y\r\n")


SLOW = [
    dripping_body,
    silent_body,
    dripping_headers,
    always_continue,
    silence,
    endless_chunk_size,
    dripping_chunk_size,
    dripping_trailers,
]


@pytest.mark.parametrize("slow", SLOW)
def test_time_ends_whatever_drips(host: Host, slow: Callable[[Request], None]) -> None:
    url, began = host.at("/slow", slow), time.monotonic()
    with pytest.raises(problems.TooSlow):
        fetched(url, seconds=0.5)
    assert time.monotonic() - began < 3


def test_a_host_may_not_fall_silent(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "SILENCE_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(problems.TooSlow):
        fetched(host.at("/slow", silent_body), seconds=30)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("slow", SLOW)
def test_dripping_keeps_no_worker_for_long(
    host: Host, monkeypatch: pytest.MonkeyPatch, slow: Callable[[Request], None]
) -> None:
    monkeypatch.setattr(dial, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(dial, "LEAST_RATE", 100 * len(SOUND))
    url, began = host.at("/slow", slow), time.monotonic()
    with pytest.raises(problems.TooSlow):
        fetched(url, seconds=30)
    assert 0.4 < time.monotonic() - began < 5


@pytest.mark.parametrize("slow", SLOW)
def test_a_job_may_stop_it_wherever_it_drips(host: Host, slow: Callable[[Request], None]) -> None:
    url, began = host.at("/slow", slow), time.monotonic()
    with pytest.raises(Stopped):
        client.fetch(url, io.BytesIO(), should_stop=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < 5


def test_bytes_end_too(host: Host) -> None:
    with pytest.raises(problems.TooMuch):
        fetched(host.at("/endless", endless_body), seconds=20, most=2_000_000)


def test_what_is_announced_as_too_large_isn_t_begun(host: Host) -> None:
    into = io.BytesIO()
    with pytest.raises(problems.TooMuch):
        client.fetch(host.at("/a.wav", File(SOUND)), into, most=len(SOUND) - 1)
    assert into.getvalue() == b""


def test_nothing_is_unpacked(host: Host) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    url = host.at("/a.wav", File(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(problems.BadAnswer):
        fetched(url)


@pytest.mark.parametrize(
    "lines", [[b"X: " + b"y" * 40_000], [b"X-%d: %s" % (n, b"y" * 1_000) for n in range(60)], [b"X: y"] * 200]
)
def test_headers_have_a_size(host: Host, lines: list[bytes]) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + SOUND
    url = host.at("/a.wav", raw(answer))
    with pytest.raises(problems.BadAnswer):
        fetched(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + SOUND[:500],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_connection_that_breaks_off_is_no_end(host: Host, answer: bytes) -> None:
    url = host.at("/a.wav", raw(answer))
    with pytest.raises(problems.BrokenOff):
        fetched(url)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 500])
def test_what_isn_t_http_is_no_answer(host: Host, answer: bytes) -> None:
    url = host.at("/a.wav", raw(answer))
    with pytest.raises(problems.FetchProblem) as refused:
        fetched(url)
    assert refused.value.code in {"bad_answer", "unreachable"}
    assert "OpenSSH" not in refused.value.message


def test_a_job_may_stop_it(host: Host) -> None:
    came: list[int] = []
    with pytest.raises(Stopped):
        client.fetch(
            host.at("/endless", endless_body),
            io.BytesIO(),
            progress=lambda so_far, _total: came.append(so_far),
            should_stop=lambda: bool(came),
        )
    assert len(came) == 1


def test_a_full_disk_is_not_the_host_s_fault(host: Host) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        client.fetch(host.at("/a.wav", File(SOUND)), Full())
