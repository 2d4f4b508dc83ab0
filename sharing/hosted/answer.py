"""HTTP on a connection that is there already: one question, the headers of its answer, and a body read as it comes."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import IO, Any, cast

from sharing.hosted.dial import Deadline, connection
from sharing.hosted.problems import BadAnswer, BrokenOff, FetchProblem, TooSlow
from sharing.hosted.urls import Url

HEADER_BYTES = 32_768  # of all headers together; the standard library would take a hundred lines of 64 kB


class Answer(http.client.HTTPResponse):
    """The standard library's response, with a limit on its headers and problems for whatever goes wrong."""

    deadline: Deadline

    def begin(self) -> None:
        """Read the headers."""
        whole = self.fp
        self.fp = cast(Any, _Limited(whole, HEADER_BYTES))
        try:
            super().begin()
        finally:
            if self.fp is not None:  # closed, for what is no HTTP
                self.fp = whole

    def pieces(self, size: int) -> Iterator[bytes]:
        """The body, as it comes. Raises `FetchProblem` or `Stopped`."""
        while True:
            with _problems(self.deadline, BrokenOff):
                data = self.read1(size)
                if not data and self.length:
                    raise http.client.IncompleteRead(b"", self.length)
            if not data:
                self.deadline.left(1)  # at which a connection ends as if all had come
                return
            yield data


@contextmanager
def ask(url: Url, headers: Mapping[str, str], deadline: Deadline) -> Iterator[Answer]:
    """GET an address, without following where it leads. Raises `FetchProblem` or `Stopped`."""
    with connection(url, deadline) as connected:
        client = http.client.HTTPConnection(url.host, url.port)
        client.auto_open = 0  # it dials nobody itself
        client.response_class = Answer
        client.sock = connected
        try:
            with _problems(deadline, FetchProblem):
                all_headers = {"Host": url.netloc, "Connection": "close", **headers}
                client.request("GET", url.target, headers=all_headers)
                answer = cast(Answer, client.getresponse())
            answer.deadline = deadline
            with closing(answer):
                yield answer
        finally:
            client.close()


@contextmanager
def _problems(deadline: Deadline, otherwise: type[FetchProblem]) -> Iterator[None]:
    """Whatever fails below becomes a problem: that of the deadline when it is over, as the connection was shut then."""
    try:
        yield
    except TimeoutError as error:
        raise TooSlow from error
    except (OSError, http.client.IncompleteRead) as error:
        deadline.left(1)
        raise otherwise from error
    except (http.client.HTTPException, ValueError) as error:
        deadline.left(1)
        raise BadAnswer from error


class _Limited:
    """A file of which so many bytes may be read in lines, and no more."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self._left = file, most

    def readline(self, size: int) -> bytes:
        """The next line, or as much of it as may be read."""
        line = self._file.readline(min(size, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise http.client.HTTPException("The headers are too large.")
        return line

    def close(self) -> None:
        """As the file does."""
        self._file.close()
