"""What somebody brings as a stem: a link is understood and looked at, an upload is found. Nothing is fetched yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from sharing import names, resumable
from sharing.clock import now
from sharing.domain import Hosted, Incoming, Share, ShareError
from sharing.errors import Invalid, MediaUnavailable, Problem
from sharing.hosted.check import Checked, check_all
from sharing.hosted.problems import TooMuch, TooSlow
from sharing.resumable import UploadTaken, UploadUnfinished
from sharing.stems import NewStem


class Twice(Problem):
    """Two stems want the same upload, which is deleted when the first has it."""

    status, code = 422, "twice"
    message = "Two stems can't have the same file. Upload it twice, or leave one of them out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A stem as its owner asks for it: `url` or `upload` says where its sound is, `keep` that it shall be kept here."""

    url: str | None = None
    upload: str | None = None
    keep: bool = False
    name: str | None = None
    color: str = ""
    muted: bool = False
    soloed: bool = False
    volume: float = 1.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """A sound that may become a stem's, and the name of its file."""

    sound: Hosted | Incoming
    filename: str


def new_stems(wishes: Sequence[Wish], origin: str) -> list[NewStem]:
    """The stems that are asked for, for players on `origin`.

    Raises `Invalid` if a sound can't be had; its detail says which, and why.
    """
    found = sounds(wishes, origin)
    guesses = names.from_filenames([one.filename for one in found])
    return [
        NewStem(
            name=wish.name or guess,
            sound=one.sound,
            color=wish.color,
            muted=wish.muted,
            soloed=wish.soloed,
            volume=wish.volume,
            pan=wish.pan,
        )
        for wish, one, guess in zip(wishes, found, guesses, strict=True)
    ]


def sounds(wishes: Sequence[Wish], origin: str) -> list[Found]:
    """Where the sounds that are asked for are. Raises what `new_stems` does."""
    checked = iter(check_all([wish.url for wish in wishes if wish.url is not None], origin=origin))
    asked_at = now()
    found: list[Found] = []
    problems: dict[int, Problem] = {}
    for index, wish in enumerate(wishes):
        try:
            if wish.url is not None:
                found.append(_link(next(checked), asked_at, keep=wish.keep))
            else:
                found.append(_upload(wish.upload or "", asked_at))
                if found.count(found[-1]) > 1:
                    raise Twice
        except MediaUnavailable:
            raise
        except Problem as problem:
            problems[index] = problem
    if problems:
        raise _refusal(problems, len(wishes))
    return found


def look_again(share: Share, origin: str) -> Mapping[str, tuple[Hosted, ShareError | None]]:
    """What the hosts of a share's stems say of them now, by the stems' ids; nothing of one that takes too long."""
    stems = [(stem.id, stem.hosted) for stem in share.stems if stem.hosted]
    checked = check_all([hosted.url for _id, hosted in stems], origin=origin)
    at = now()
    return {
        stem_id: (_learnt(hosted, found, at), _error(found))
        for (stem_id, hosted), found in zip(stems, checked, strict=True)
        if not isinstance(found.problem, TooSlow)
    }


def _link(found: Checked, asked_at: datetime, *, keep: bool) -> Found:
    """A link as a sound; one whose host took too long is believed for now."""
    usable = found.keepable if keep else found.ok
    if found.problem is not None and not usable and not (found.url and isinstance(found.problem, TooSlow)):
        raise found.problem
    if not keep:
        hosted = Hosted(url=found.url, original_url=found.original_url)
        return Found(_learnt(hosted, found, asked_at), found.filename)
    if found.ok and not found.keepable:
        raise TooMuch(settings.STEMLINK_MAX_UPLOAD_BYTES)
    return Found(Incoming(asked_at=asked_at, url=found.url), found.filename)


def _learnt(hosted: Hosted, found: Checked, at: datetime) -> Hosted:
    """A hosted sound and what a check found out about it: nothing, if there was no sound."""
    if not found.ok:
        return hosted if isinstance(found.problem, TooSlow) else replace(hosted, checked_at=at)
    return replace(
        hosted,
        seconds=found.seconds,
        size=found.size,
        range=found.range,
        cors=found.cors,
        checked_at=at,
    )


def _error(found: Checked) -> ShareError | None:
    return ShareError(code=found.problem.code, message=found.problem.message) if found.problem else None


def _refusal(problems: Mapping[int, Problem], count: int) -> Invalid:
    """What is wrong with the first one in the sentence, with all of them in the detail."""
    first = min(problems)
    where = f"Stem {first + 1}: " if count > 1 else ""
    return Invalid(
        f"{where}{problems[first].message}",
        code=problems[first].code,
        detail={
            "stems": {
                str(index): {"code": problem.code, "message": problem.message}
                for index, problem in problems.items()
            }
        },
    )


def _upload(text: str, asked_at: datetime) -> Found:
    """An upload as a sound to be kept."""
    upload = resumable.find(resumable.id_of(text))
    if upload.taken_by is not None:
        raise UploadTaken
    if not upload.complete:
        raise UploadUnfinished
    return Found(Incoming(asked_at=asked_at, upload=upload.id), upload.filename)
