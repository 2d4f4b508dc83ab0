"""What a share is. Frozen values and pure transitions: no clock, no store, no Django.

A transition is a method that returns the share as it is afterwards, or raises the `Problem` that forbids it. The
store applies it atomically (`Store.update`), so that whoever lost a race is refused instead of overwriting.
"""

from sharing.domain.edit import Edit, Expiry, StemEdit
from sharing.domain.job import IMPORT, SEPARATE, Job, Lease, WorkerReport
from sharing.domain.share import MOST_STEMS, Share, State
from sharing.domain.stem import Hosted, Incoming, ShareError, Stem, StemState

__all__ = [
    "FILE_FORMATS",
    "IMPORT",
    "MOST_STEMS",
    "OVERLAPS_PER_SECOND",
    "PEAKS_PER_SECOND",
    "SAMPLE_RATE",
    "SEGMENT_SECONDS",
    "SEPARATE",
    "Edit",
    "Expiry",
    "Hosted",
    "Incoming",
    "Job",
    "Lease",
    "Share",
    "ShareError",
    "State",
    "Stem",
    "StemEdit",
    "StemState",
    "WorkerReport",
]

SAMPLE_RATE = 44_100
SEGMENT_SECONDS = 4
PEAKS_PER_SECOND = 100
OVERLAPS_PER_SECOND = 10  # so long is what each piece of the small rendition has before and after its segment
FILE_FORMATS = ("flac", "wav", "mp3")  # of downloads
