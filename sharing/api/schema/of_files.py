"""What the description says about stems as files."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from sharing import downloads, errors
from sharing.api.schema.saying import MISSING, SHARE_ID, STORE, files, operation, problems
from sharing.domain import FILE_FORMATS
from sharing.media import STEM_PATTERN
from sharing.slots import Busy

FILES = "Stems as files"
FORMAT = OpenApiParameter("format", str, OpenApiParameter.PATH, enum=FILE_FORMATS, description="of the file")

DOWNLOADING = (
    *MISSING,
    downloads.DownloadsOff(),
    downloads.NoStems(),
    downloads.NotReady(),
    downloads.TooLong(),
    Busy("downloading"),
    *STORE,
)
STEM_FILE = operation(
    "download_stem",
    FILES,
    "One stem",
    description="""
FLAC and WAV hold exactly the samples of the stem, MP3 has 256 kbit/s and a gapless header. WAV and MP3 tell their
length in advance, and a WAV can be resumed (`Range`). `HEAD` works, too.
""",
    parameters=[
        SHARE_ID,
        OpenApiParameter(
            "stem",
            str,
            OpenApiParameter.PATH,
            pattern=f"^{STEM_PATTERN}$",
            description="the stem's id",
            examples=[OpenApiExample("stem", "vocals")],
        ),
        FORMAT,
        OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="of a WAV: `bytes=1000-`"),
    ],
    responses={
        **files(*(downloads.TYPES[kind] for kind in FILE_FORMATS)),
        (206, "audio/wav"): OpenApiResponse(OpenApiTypes.BINARY, description="the part that was asked for"),
        416: OpenApiResponse(description="the file has no such part"),
        **problems(*DOWNLOADING),
    },
)
ARCHIVE = operation(
    "download_stems",
    FILES,
    "All stems in a ZIP",
    parameters=[
        SHARE_ID,
        OpenApiParameter("format", str, enum=FILE_FORMATS, default="flac", description="of the files in it"),
    ],
    responses={**files(downloads.TYPES["zip"]), **problems(*DOWNLOADING, errors.Invalid())},
)

PLAIN = {
    ("GET", "/api/shares/{share_id}/stems/{stem}.{format}"): STEM_FILE,
    ("GET", "/api/shares/{share_id}/stems.zip"): ARCHIVE,
}
