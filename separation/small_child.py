"""The process that makes the small rendition: FLAC segments come in, AAC pieces go out.

Started by `separation.small` with the number of stems. It takes only the time that nobody else wants; a thread of that
priority inside the worker would sometimes hold the interpreter's lock while it waits for its turn, and so hold up
everybody.

Messages, both ways: four bytes of length (little endian), then a file. In come the first segments of all stems, then
their second ones, and so on to the end of the input; out come as many pieces, in the same order, one segment later.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from separation.pieces import Pieces


def main() -> None:
    """From standard input to standard output."""
    os.nice(19)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    stems = [Pieces() for _ in range(int(sys.argv[1]))]
    with ThreadPoolExecutor(min(len(stems), os.cpu_count() or 1)) as pool:
        more = True
        while more:
            segments = [_read(source) for _ in stems]
            more = segments[0] is not None
            for piece in pool.map(Pieces.take, stems, segments):
                if piece is not None:
                    target.write(len(piece).to_bytes(4, "little") + piece)
            target.flush()


def _read(source: BinaryIO) -> bytes | None:
    """The next file, None at the end."""
    head = source.read(4)
    if not head:
        return None
    length = int.from_bytes(head, "little")
    content = source.read(length)
    if len(content) < length:
        raise EOFError("the input broke off")
    return content


if __name__ == "__main__":
    main()
