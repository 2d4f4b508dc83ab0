"""Uploads through the real web server: in bounded memory, and nothing left when the connection breaks."""

import http.client
import socket
from contextlib import closing

from tests.running import wait_for
from tests.sharing.web import BLOCK, MB, Web


def test_memory_does_not_depend_on_the_song(web: Web) -> None:
    idle = web.memory()
    status, most = web.post(100 * MB, {"Content-Type": "audio/flac"})
    assert status == 201
    assert most - idle < 40 * MB


def test_nor_in_a_form(web: Web) -> None:
    idle = web.memory()
    before = b'--x\r\nContent-Disposition: form-data; name="song"; filename="s.flac"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    status, most = web.post(100 * MB, headers, before=before, after=b"\r\n--x--\r\n")
    assert status == 201
    assert most - idle < 40 * MB


def test_a_song_of_unknown_length_comes_in_chunks(web: Web) -> None:
    before = web.files()
    headers = {"Content-Type": "audio/flac", "Transfer-Encoding": "chunked"}
    assert web.post(3 * MB, headers)[0] == 201
    assert [path.stat().st_size for path in web.files() if path not in before] == [3 * MB]


def test_too_much_is_refused_before_it_is_read(web: Web) -> None:
    before = web.files()
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)
    connection.request(
        "POST", "/api/shares/", BLOCK, {"Content-Type": "audio/flac", "Content-Length": str(200 * MB)}
    )
    assert connection.getresponse().status == 413
    connection.close()
    assert web.files() == before


def test_who_sends_what_is_not_read_hears_that_the_connection_ends(web: Web) -> None:
    """Else a client has its next request fail there, which says nothing of why."""
    for size, then in ((60_000, "keep-alive"), (150_000, "close")):
        with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)) as line:
            line.request("POST", "/api/shares/?model=none", BLOCK[:size], {"Content-Type": "audio/flac"})
            answer = line.getresponse()
            assert (answer.status, answer.headers["Connection"]) == (422, then)
            answer.read()
            line.request("GET", "/healthz")  # on a new connection where the last one has ended
            assert line.getresponse().status == 200


def test_what_is_not_read_in_chunks_ends_the_connection_too(web: Web) -> None:
    """Of those nobody knows how much is left; a body that was read to its end leaves the connection as it is."""
    kind = {"Content-Type": "audio/flac"}
    for path, status, then in (("?model=none", 422, "close"), ("", 201, "keep-alive")):
        with closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=10)) as line:
            line.request("POST", f"/api/shares/{path}", iter([BLOCK[:150_000]]), kind, encode_chunked=True)
            answer = line.getresponse()
            assert (answer.status, answer.headers["Connection"]) == (status, then)
            answer.read()
            line.request("GET", "/healthz")
            assert line.getresponse().status == 200


def test_a_broken_connection_leaves_nothing(web: Web) -> None:
    before = web.files()
    head = (
        b"POST /api/shares/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/flac\r\n"
        b"Content-Length: 50000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", web.port), 10) as client:
        client.sendall(head + BLOCK)
        wait_for(lambda: len(web.files()) == len(before) + 1)
    wait_for(lambda: web.files() == before)


def test_a_client_that_falls_silent_is_given_up(web: Web) -> None:
    before = web.files()
    head = b"POST /api/shares/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", web.port), 10) as client:
        client.sendall(head + BLOCK)
        wait_for(lambda: len(web.files()) == len(before) + 1)
        wait_for(lambda: web.files() == before)
        assert client.recv(12) == b"HTTP/1.1 400"
