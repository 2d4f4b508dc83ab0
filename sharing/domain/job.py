"""Work that a worker does for a share, and its right to do it."""

from dataclasses import dataclass
from datetime import datetime

SEPARATE = "separate"  # a song into stems
IMPORT = "import"  # files and links into kept stems


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's right to write one attempt, until `deadline` unless it is renewed.

    `began_at` is when the newest sound was asked for that the attempt is to take in, by the clock of who was asked: a
    worker's may be another. None where an attempt takes in none.
    """

    id: str
    worker: str
    deadline: datetime
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that a worker does for a share. `source` is the media key of the song, None once it is deleted.

    `attempt` numbers the attempts of all jobs of the share, one folder in media for each; `tries` counts those of this
    job that their workers didn't give back.
    """

    model: str
    queued_at: datetime
    source: str | None
    kind: str = SEPARATE
    attempt: int = 0
    tries: int = 0
    lease: Lease | None = None
    progress: float = 0.0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReport:
    """What a worker says of itself with its heartbeat."""

    id: str
    seen_at: datetime
    device: str = "cpu"
    models: tuple[str, ...] = ()
