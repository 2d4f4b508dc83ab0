"""Stems as files to take home: made of the segments while they are sent, so that nothing waits and nothing is kept.

The codecs are the only part of the separation library that this room knows beside names and errors. They bring FFmpeg
with them, so this module is imported with the first download, and not when the web server starts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zipstream import ZipStream

from separation.audio import stream as codecs
from separation.errors import AudioError
from sharing import filenames, media
from sharing.domain import FILE_FORMATS, SEGMENT_SECONDS, Share, State, Stem
from sharing.errors import Invalid, Problem
from sharing.sending import Content

TYPES = {"flac": "audio/flac", "wav": "audio/wav", "mp3": "audio/mpeg", "zip": "application/zip"}


class DownloadsOff(Problem):
    """The owner doesn't want it."""

    status, code = 403, "downloads_off"
    message = "The owner of this share doesn't offer its stems as files. You can listen to them on its page."


class NotReady(Problem):
    """The stems are growing."""

    status, code = 409, "not_ready"
    message = "The stems are still being made. Download them when they are done; you can listen already."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "15"})


class NoStems(Problem):
    """There is nothing to have."""

    status, code = 404, "no_stems"
    message = "This share has no such stem to download. Its page shows what there is."


class AllHosted(NoStems):
    """Nothing is kept here."""

    code = "all_hosted"
    message = "The stems of this share stay where they are; its page has the links to them."


class IsHosted(NoStems):
    """This stem isn't kept here."""

    code = "hosted"

    def __init__(self, url: str) -> None:
        super().__init__(f"This stem isn't kept here. It is at {url}", detail={"url": url})


class Damaged(Problem):
    """A segment isn't what it should be."""

    code = "damaged"
    message = "A part of this stem is damaged on the server. Tell whoever runs it."


class TooLong(Problem):
    """A WAV can't be so long."""

    status, code = 422, "too_long"
    message = "This song is too long for WAV files. Take FLAC: it holds exactly the same sound."


@dataclass(frozen=True, slots=True)
class Download:
    """A file with its name and type."""

    name: str
    type: str
    content: Content


def stem(share: Share, stem_id: str, format: str) -> Download:  # noqa: A002
    """One stem, as long and as loud as it is in the mix. Raises the `Problem` that forbids it."""
    _check(share, format)
    found = next((stem for stem in share.stems if stem.id == stem_id), None)
    if found and found.hosted:
        raise IsHosted(found.hosted.url)
    if found is None or not found.whole:
        raise NoStems
    source = _source(share, found, format)
    size = codecs.size(format, source.shape)
    # Only of a WAV a part can be made without all that comes before it.
    etag = f'"{found.attempt}-{size}-{source.gain:.9g}"' if format == "wav" else None

    def read(part: range | None) -> Iterator[bytes]:
        return codecs.make(format, source) if part is None else codecs.wav(source, part)

    return Download(
        filenames.file_name(share.title, found.name, format), TYPES[format], Content(size, etag, read)
    )


def archive(share: Share, format: str) -> Download:  # noqa: A002
    """All kept stems in a ZIP, stored as they are: they are compressed already. Raises what `stem` raises.

    They are equally long, and as loud as in the mix. What is hosted elsewhere is named in a file `links.txt`.
    """
    _check(share, format)
    stems = [stem for stem in share.stems if stem.whole]
    if not stems:
        raise AllHosted if share.hosted else NoStems
    sources = [_source(share, stem, format) for stem in stems]
    sizes = [codecs.size(format, source.shape) for source in sources]
    names = filenames.unique(filenames.file_name(share.title, stem.name, format) for stem in stems)
    packed = ZipStream(sized=None not in sizes)
    for name, source, size in zip(names, sources, sizes, strict=True):
        # Not every unpacker knows zip64, so it is only for what is too long without; FLAC by how long it can be.
        packed.add(codecs.make(format, source), name, size=size or codecs.largest(format, source.shape))
    if share.hosted:
        packed.add(_links(share).encode(), "links.txt")
    content = Content(len(packed) if packed.sized else None, None, lambda _part: iter(packed))
    return Download(filenames.file_name(share.title, "", "zip"), TYPES["zip"], content)


def _links(share: Share) -> str:
    """Where the hosted stems are, a line each."""
    return "".join(f"{stem.name}: {stem.hosted.url}\r\n" for stem in share.stems if stem.hosted)


def _check(share: Share, format: str) -> None:  # noqa: A002
    if format not in FILE_FORMATS:
        raise Invalid(f"There is no format {format[:20]!r}. Choose one of {', '.join(FILE_FORMATS)}.")
    if not share.downloads:
        raise DownloadsOff
    if share.active:
        raise NotReady
    if share.state is not State.DONE:
        raise NoStems


def _source(share: Share, stem: Stem, format: str) -> codecs.Source:  # noqa: A002
    """A stem as the codecs read it. Its first segment tells how wide it is."""
    prefix = media.stem_prefix(share.id, stem.attempt, stem.id)
    rate = share.sample_rate or 0
    longest = max(other.frames or 0 for other in share.stems)

    def read(number: int) -> bytes:
        return media.get(f"{prefix}flac/{number}.flac")

    try:
        channels = codecs.channels(read(0))
    except (AudioError, FileNotFoundError) as error:
        raise Damaged from error
    shape = codecs.Shape(longest, rate, channels)
    if format == "wav" and codecs.largest(format, shape) > codecs.WAV_MOST:
        raise TooLong
    return codecs.Source(
        shape, SEGMENT_SECONDS * rate, read, stem.frames or 0, (share.gain or 1) / (stem.gain or 1)
    )
