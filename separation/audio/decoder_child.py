"""The process that touches other people's files: a song comes in through FFmpeg, plain samples go out.

Run as a script by `separation.audio.decode`, alone (`python -I`), so it imports nothing of ours. It gives up what it
can before it opens the file: memory, CPU time, writing files, core dumps. Whatever happens to it, the parent sees
either a whole message or an end without one, which is an error.

Messages on stdout: one byte of kind, four bytes of length (little endian), then the payload:
`H` JSON about the source; `P` float32 samples (2, n), one channel after the other; `E` JSON {code, message};
`Z` JSON {truncated, wild}, the only proper end.
"""

import json
import math
import os
import re
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

BLOCK = 1 << 16  # frames that are worked on at once
# 100 dB over full scale, as floats may be that were meant as integers of 16 bits.
LOUDEST = 1e5
# 20 dB over full scale. A damaged packet of these decodes to anything, all of it.
BURST = 10.0
# Of the samples of floats. Where no more than these are louder than that, they are wild: where floats are meant as
# integers, nearly all of the music is.
FEW = 1e-3
LOSSY = {"aac", "mp3", "mp3float", "opus", "vorbis"}
# Containers that we take. Each is a parser of hostile data, so there are no others; Matroska isn't worth its size here.
FORMATS = "aac,aiff,flac,mov,mp3,ogg,w64,wav"
CODECS = ",".join(
    ["aac,alac,flac,mp3,mp3float,opus,vorbis,pcm_alaw,pcm_mulaw,pcm_s8,pcm_u8"]
    + [f"pcm_{kind}{end}" for kind in ("s16", "s24", "s32", "f32", "f64") for end in ("le", "be")]
)
PLANES = 8  # from so many on, PyAV 18 counts one plane too many and fails
PATIENCE = 100  # errors in a row, after which the rest of a file is given up
# How such files begin: if one can't be opened all the same, it is audio that got damaged.
BEGINNINGS = {b"ID3": 0, b"RIFF": 0, b"fLaC": 0, b"ftyp": 4, b"OggS": 0, b"FORM": 0}
# Containers whose header says how long the song is (Ogg is asked at its end, ADTS guesses); MP3s: see `_xing_seconds`.
COUNTED = {"aiff", "flac", "mov", "w64", "wav"}

# ITU-R BS.775 as FFmpeg does it: weights of each channel in left and right. The bass channel (LFE) is left out.
_HALF = math.sqrt(0.5)
DOWNMIX = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_HALF, _HALF),
    "LFE": (0.0, 0.0),
    "BL": (_HALF, 0.0),
    "BR": (0.0, _HALF),
    "SL": (_HALF, 0.0),
    "SR": (0.0, _HALF),
    "BC": (0.5, 0.5),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
}
ELSEWHERE = (0.5, 0.5)  # heights and such: heard in the middle rather than lost
# Channels of files that don't say which is which, by their number.
UNNAMED = {
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}

DAMAGED = "The file is damaged or cut off, and nothing in it can be played; export or download it again."
EMPTY = "There is no sound in this file, not even silence; choose the song again."
GREEDY = "This file takes more memory than a song should; save it in another format."
UNREADABLE = "This file isn't audio that Stemlink can read; try it as MP3, WAV, FLAC, M4A, Ogg or AIFF."

Samples = NDArray[np.float32]


class RefusedError(Exception):
    """This song won't be decoded: a code, and a sentence for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def confine(wanted: dict[str, int]) -> None:
    """Gives up for good what the decoding of one song doesn't need."""
    limits = {
        resource.RLIMIT_AS: wanted["memory"],
        resource.RLIMIT_CPU: wanted["cpu_seconds"],
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for which, limit in limits.items():
        with suppress(
            ValueError, OSError
        ):  # a tighter limit is there already, or the system knows no such limit
            resource.setrlimit(which, (limit, limit))


def send(kind: bytes, payload: bytes) -> None:
    """One whole message to the parent."""
    left = memoryview(kind + struct.pack("<I", len(payload)) + payload)
    while left:
        left = left[os.write(1, left) :]


def samples_of(frame: AudioFrame) -> Samples:
    """A frame in any sample format as float32 (channels, samples), full scale 1."""
    if frame.format.is_planar and frame.layout.nb_channels >= PLANES:
        pack = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate)
        return np.concatenate([samples_of(packed) for packed in pack.resample(frame)], axis=1)
    raw: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_packed:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        return (raw.astype(np.float32) - np.float32(128)) / np.float32(128)
    if np.issubdtype(raw.dtype, np.integer):
        raw = raw.astype(np.float32) * np.float32(0.5 ** (8 * raw.dtype.itemsize - 1))
    return np.asarray(raw, np.float32)


def matrix_of(names: tuple[str, ...]) -> Samples:
    """How channels of these names become left and right: (2, channels). Mono is heard on both sides as it is."""
    count = len(names)
    if count == 1:
        return np.ones((2, 1), np.float32)
    if count == 2:
        return np.eye(2, dtype=np.float32)
    if not any(name in DOWNMIX for name in names):
        names = UNNAMED[count]
    return np.array([DOWNMIX.get(name, ELSEWHERE) for name in names], np.float32).T


class Converter:
    """Frames of one rate and layout -> stereo at the wanted rate, in blocks."""

    def __init__(self, rate: int, names: tuple[str, ...], wanted: int) -> None:
        self.key = (rate, names)
        self._matrix = matrix_of(names)
        self._resampler = None
        if rate != wanted:
            self._resampler = soxr.ResampleStream(rate, wanted, 2, dtype="float32", quality="HQ")
        self._waiting: list[Samples] = []
        self._count = 0

    def add(self, samples: Samples) -> Iterator[Samples]:
        """Takes the next samples, and gives a block when there is enough for one."""
        self._waiting.append(samples)
        self._count += samples.shape[1]
        if self._count >= BLOCK:
            yield self._convert(last=False)

    def finish(self) -> Iterator[Samples]:
        """What is left, the resampler's tail included."""
        if self._count or self._resampler:
            yield self._convert(last=True)

    def _convert(self, *, last: bool) -> Samples:
        empty = np.zeros((self._matrix.shape[1], 0), np.float32)
        block = np.concatenate([empty, *self._waiting], axis=1)
        self._waiting.clear()
        self._count = 0
        stereo: Samples = block if np.array_equal(self._matrix, np.eye(2)) else self._matrix @ block
        if self._resampler:
            stereo = self._resampler.resample_chunk(np.ascontiguousarray(stereo.T), last=last).T
        return np.ascontiguousarray(stereo)


class Song:
    """The first sound stream of a file, decoded and checked as it comes."""

    def __init__(self, path: str, wanted: dict[str, Any]) -> None:
        self._wanted = wanted
        self._path = path
        self._seconds = 0.0
        self._damaged = False
        self._samples = self._louder = 0  # of all channels; louder than a burst, and yet music
        self._tags_end = 0
        self._behind_tags = False
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "codec_whitelist": CODECS}
        try:
            # Tags may be in any encoding; they are of no interest here.
            self._container = av.open(path, container_options=options, metadata_errors="replace")
        except av.error.MemoryError:
            raise
        except (av.error.FFmpegError, ValueError) as error:
            raise _unreadable(path) from error
        if not self._container.streams.audio:
            raise RefusedError(
                "no_sound_stream", "There is no sound in this file; choose one that has music in it."
            )
        self._stream = self._container.streams.audio[0]
        context = self._stream.codec_context
        if context is None or context.name not in CODECS.split(","):
            raise RefusedError(
                "unsupported",
                "The sound in this file is coded in a way that Stemlink can't read; save it as MP3, WAV or FLAC.",
            )
        context.thread_count = 1
        self.check(context.sample_rate, context.layout.nb_channels)
        if self._format == "mp3":  # FFmpeg looks for the first frame in what it doesn't know as a tag
            self._tags_end = _end_of_tags(path, 0)

    def about(self) -> dict[str, Any]:
        """What the file says of itself, checked."""
        context = self._stream.codec_context
        return {
            "format": self._format,
            "codec": context.name,
            "sample_rate": context.sample_rate,
            "channels": context.layout.nb_channels,
        }

    def check(self, rate: int, channels: int) -> None:
        """Refuses rates and channels outside of the limits."""
        low, high, most = self._wanted["min_rate"], self._wanted["max_rate"], self._wanted["max_channels"]
        if rate <= 0 or channels <= 0:
            raise RefusedError("damaged", DAMAGED)
        if not low <= rate <= high:
            raise RefusedError(
                "bad_rate",
                f"The file has a sample rate of {rate:,} Hz, and Stemlink takes {low:,} to {high:,} Hz; "
                "save it at 44,100 Hz.",
            )
        if not 1 <= channels <= most:
            raise RefusedError(
                "too_many_channels",
                f"The file has {channels} channels, and Stemlink takes 1 to {most}; save it in stereo.",
            )

    def blocks(self) -> Iterator[Samples]:
        """The whole song as stereo blocks (2, n) at the wanted rate; refused when there is nothing at all."""
        given = 0
        for block in self._converted():
            given += block.shape[1]
            yield block
        if not given:
            raise RefusedError("damaged", DAMAGED) if self.truncated else RefusedError("empty", EMPTY)

    def _converted(self) -> Iterator[Samples]:
        converter = None
        for frame in self._frames():
            rate, names = frame.sample_rate, tuple(channel.name for channel in frame.layout.channels)
            if converter is None or converter.key != (rate, names):
                if converter:
                    yield from converter.finish()
                self.check(rate, len(names))
                converter = Converter(rate, names, self._wanted["sample_rate"])
            self._seconds += frame.samples / rate
            if self._seconds > self._wanted["max_seconds"]:
                raise RefusedError(
                    "too_long",
                    f"The song is longer than {_span(self._wanted['max_seconds'])}; cut it into parts.",
                )
            yield from converter.add(self._sound(frame))
        if converter:
            yield from converter.finish()

    def _sound(self, frame: AudioFrame) -> Samples:
        """The samples of a frame; silence in place of a burst, and of what is no number."""
        samples = samples_of(frame)
        lossy = self._stream.codec_context.name in LOSSY
        size = np.abs(samples)
        music = size <= (BURST if lossy or self._wanted["tame"] else LOUDEST)
        # Of silence nothing is louder, whatever floats are meant as.
        self._samples += int(np.count_nonzero(samples))
        self._louder += int(np.count_nonzero(music & (size > BURST)))
        if music.all():
            return samples
        self._damaged = True
        return np.zeros_like(samples) if lossy else np.where(music, samples, np.float32(0))

    @property
    def wild(self) -> bool:
        """After the last block: would the song be turned down for a few samples that can't be music?"""
        return 0 < self._louder <= FEW * self._samples

    @property
    def truncated(self) -> bool:
        """After the last block: is some of the song missing?"""
        duration, base = self._stream.duration, self._stream.time_base
        promised = float(duration * base) if duration and base else 0.0
        if self._format == "mp3":
            promised = min(promised, _xing_seconds(self._path, self._stream.codec_context.sample_rate))
        elif self._format not in COUNTED:
            promised = 0.0
        return self._damaged or promised - self._seconds > 0.1 or _wav_cut_off(self._path)

    @property
    def _format(self) -> str:
        return self._container.format.name.split(",")[0]

    def _frames(self) -> Iterator[AudioFrame]:
        context = self._stream.codec_context
        for packet in self._packets():
            if packet and self._format == "mp3" and self._is_of_tags(packet):
                continue
            try:
                yield from context.decode(packet)
                self._behind_tags = False
            except EOFError:
                return
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:  # of damaged AAC not only InvalidDataError, as one might think
                self._damaged = self._damaged or not self._behind_tags

    def _is_of_tags(self, packet: "av.Packet[Any]") -> bool:
        """Whether a packet of an MP3 belongs to tags: where songs were joined they are in its middle, and FFmpeg takes
        them for sound. They may end within a packet; then what follows it can't be decoded either.
        """
        place = packet.pos
        if place is None:
            return False
        if place >= self._tags_end and bytes(packet)[:1] != b"\xff":
            self._tags_end = _end_of_tags(self._path, place)
        if place >= self._tags_end:
            return False
        self._behind_tags = True
        return True

    def _packets(self) -> Iterator["av.Packet[Any] | None"]:
        """The packets of the stream, past damaged places, and None at the end."""
        hopeless = 0
        while hopeless < PATIENCE:
            try:
                for packet in self._container.demux(self._stream):
                    if packet.size:
                        hopeless = 0
                        yield packet
                break
            except EOFError:
                break
            except av.error.FFmpegError:
                self._damaged = True
                hopeless += 1
        yield None


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes == 1:
        return "a minute"
    return f"{minutes // 60} hours" if minutes > 60 and minutes % 60 == 0 else f"{minutes} minutes"


def _unreadable(path: str) -> RefusedError:
    with open(path, "rb") as file:  # noqa: PTH123  # a descriptor, not a name
        head = file.read(16)
    if any(head[place:].startswith(mark) for mark, place in BEGINNINGS.items()):
        return RefusedError("damaged", DAMAGED)
    return RefusedError("not_audio", UNREADABLE)


# Sizes that programs write into a pipe, where they can't come back and put it right: FFmpeg, others, SoX, arecord.
_UNKNOWN = (0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_F000, 0x8000_0000)


def _wav_cut_off(path: str) -> bool:
    """Does a WAV promise more bytes than it has? FFmpeg believes the length of the file instead."""
    with open(path, "rb") as file:  # noqa: PTH123
        total = file.seek(0, os.SEEK_END)
        file.seek(0)
        if not file.read(12).startswith(b"RIFF"):
            return False
        while len(head := file.read(8)) == 8:
            kind, size = struct.unpack("<4sI", head)
            if kind == b"data":
                return bool(size not in _UNKNOWN and file.tell() + size > total)
            file.seek(size + size % 2, os.SEEK_CUR)
    return False


# Bytes of a Lyrics3 tag; more than any song has words.
_LYRICS_MOST = 100_000
_LYRICS_END = re.compile(rb"LYRICS(?:END|200)")
# Of an APE tag: its size, its flags and its name stand before each item.
_APE_ITEM = re.compile(rb".{4}[\0-\7]\0\0.[ -~]{2,255}\0", re.DOTALL)
_TAGS = 100  # one after another; more than joined songs have
# Zero bytes with which a file is filled up, as to the end of a cluster of the disk that it was saved from: file systems
# have none above 64 kB, as a rule. More of them are in place of music that is missing.
_PADDING_MOST = 1 << 16
_APE_ITEMS = 200  # more than songs have; who forges tags shall not have us read for long


def _end_of_tags(path: str, place: int) -> int:
    """Where the tags end that begin at a place of an MP3: ID3 of both kinds, APE and Lyrics3, as they come.

    With them go the zero bytes with which the file is filled up: nothing comes behind these, unless tags again.
    """
    with open(path, "rb") as file:  # noqa: PTH123  # a descriptor, not a name
        total = file.seek(0, os.SEEK_END)
        place = _behind_tags(file, place, total)
        last = _behind_tags(file, _behind_zeros(file, place), total)
    return last if last == total else place


def _behind_tags(file: BinaryIO, place: int, total: int) -> int:
    """One that is longer than what is left of the file is damaged, and hides music perhaps: it counts as none."""
    for _ in range(_TAGS):
        if not (size := _tag_size(file, place)) or place + size > total:
            break
        place += size
    return place


def _behind_zeros(file: BinaryIO, place: int) -> int:
    file.seek(place)
    most = place + _PADDING_MOST
    while place < most and (data := file.read(4096)):
        zeros = len(data) - len(data.lstrip(b"\0"))
        place += zeros
        if zeros < len(data):
            break
    return place


def _tag_size(file: BinaryIO, place: int) -> int:
    """How many bytes the tag has that begins at a place, by what it says itself; 0 where none does."""
    file.seek(place)
    head = file.read(16)
    if head.startswith(b"ID3"):
        return 10 + sum((byte & 0x7F) << (7 * n) for n, byte in enumerate(reversed(head[6:10])))
    if head.startswith(b"APETAGEX"):
        return 32 + int.from_bytes(head[12:16], "little")
    if head.startswith(b"TAG"):
        return 128
    if head.startswith(b"LYRICSBEGIN"):
        end = _LYRICS_END.search(file.read(_LYRICS_MOST))
        return len(head) + end.end() if end else 0
    return _headless_size(file, place)


def _headless_size(file: BinaryIO, place: int) -> int:
    """The same of an APE tag without a header, as its first version is: items, and a footer that counts all of it."""
    item = place
    for _ in range(_APE_ITEMS):
        file.seek(item)
        head = file.read(265)
        if head.startswith(b"APETAGEX"):
            size = int.from_bytes(head[12:16], "little")
            return size if place < item == place + size - 32 else 0
        if not (found := _APE_ITEM.match(head)):
            break
        item += found.end() + int.from_bytes(head[:4], "little")
    return 0


def _xing_seconds(path: str, rate: int) -> float:
    """How long an MP3 is by its first frame, which may say how many follow; 0 if it doesn't.

    FFmpeg knows as well, but goes by the size of the file where that has more: where songs were joined.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        file.seek(_end_of_tags(path, 0))
        start = file.read(4096)
    place = max(start.find(b"Xing"), start.find(b"Info"))
    if place < 0 or len(start) < place + 12 or not start[place + 7] & 1:
        return 0.0
    return int.from_bytes(start[place + 8 : place + 12], "big") * (1152 if rate >= 32_000 else 576) / rate


def main() -> int:
    """Decodes the file whose open descriptor and limits are in the first argument."""
    wanted = json.loads(sys.argv[1])
    av.logging.set_level(av.logging.PANIC)
    confine(wanted)
    try:
        song = Song(f"/dev/fd/{wanted['descriptor']}", wanted)
        send(b"H", json.dumps(song.about()).encode())
        for block in song.blocks():
            send(b"P", block.tobytes())
        send(b"Z", json.dumps({"truncated": song.truncated, "wild": song.wild}).encode())
    except RefusedError as error:
        send(b"E", json.dumps({"code": error.code, "message": error.message}).encode())
    except MemoryError:
        send(b"E", json.dumps({"code": "damaged", "message": GREEDY}).encode())
    except BrokenPipeError:
        pass  # the parent has what it wanted
    return 0


if __name__ == "__main__":
    sys.exit(main())
