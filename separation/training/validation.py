"""What the network is judged by while it learns: whole songs, taken apart the way users' songs are."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from separation.evaluation import metrics, multitrack
from separation.evaluation.errors import EvaluationError
from separation.evaluation.evaluate import Desk
from separation.evaluation.metrics import Sound
from separation.evaluation.multitrack import Multitrack
from separation.evaluation.tape import Sum, pieces, record
from separation.models.base import Model
from separation.statistics import measure
from separation.training import library
from separation.training.library import Song, families
from separation.training.mixing import LEVELS, REST
from separation.training.sound import RATE

STEMS = ("vocals", "drums", "bass", "other")
# Of a real song; whole albums would take 20 GB of memory, and hours at each validation.
_LONGEST = 30  # seconds


@dataclass(frozen=True, slots=True)
class Case:
    """A song and what should come out. A reference named `bass+drums` is compared with the sum of those stems."""

    group: str
    mixture: Sound
    references: dict[str, Sound]

    def sounds(self, name: str) -> bool:
        """Whether there is anything in a reference."""
        return not metrics.silent(metrics.energy(self.references[name]), metrics.energy(self.mixture))


def cases(held_out: Path | None, real: Path | None, sources: tuple[str, ...]) -> list[Case]:
    """Songs of the library and real ones, from the folders that there are.

    Raises EvaluationError and AudioError where a real song can't be used, or nothing is heard in any."""
    found = synthesised(library.read(held_out), sources) if held_out else []
    found += recorded(real, sources) if real else []
    if found and not any(case.sounds(name) for case in found for name in case.references):
        message = "There is nothing to hear in the songs to validate with. Give others, or none."
        raise EvaluationError("no_songs", message)
    return found


def synthesised(songs: Sequence[Song], sources: tuple[str, ...]) -> list[Case]:
    """One case per song of the library."""
    cases = []
    for number, song in enumerate(songs):
        references = mixed(song, number, sources)
        cases.append(Case("synthesised", np.sum(list(references.values()), axis=0), references))
    return cases


def mixed(song: Song, number: int, sources: tuple[str, ...]) -> dict[str, Sound]:
    """The stems of a song of the library, mixed as a band would be; levels drawn from the song's number."""
    rng = np.random.default_rng(number)
    stems = {}
    for source, tracks in families(song, sources).items():
        level = LEVELS.get(source, REST) - 10 * np.log10(max(1, len(tracks))) + rng.normal() * 2
        gain = np.float32(10 ** (level / 20))
        parts = [song.read(track, 0, song.samples) for track in tracks]
        stems[source] = gain * np.sum([np.zeros((2, song.samples), np.float32), *parts], axis=0)
    return stems


def unpack(song: Song, number: int, folder: Path) -> Multitrack:
    """The song, mixed, as files in `folder`: one for each of the four stems that most models have.

    Every fourth song lacks one of them, so that silence is judged as well."""
    place = folder / song.folder.name
    place.mkdir()
    stems = {}
    for stem, sound in mixed(song, number, STEMS).items():
        left_out = number % 4 == 3 and stem == STEMS[number // 4 % 4]
        stems[stem] = record(place / f"{stem}.wav", [0 * sound if left_out else sound]).path
    return Multitrack(song.folder.name, stems)


def real_songs(folder: Path, sources: tuple[str, ...]) -> list[Multitrack]:
    """The songs of a folder in the layout of MUSDB18 that a network with these stems is judged by; none is opened.

    Raises EvaluationError `no_songs`, or `stems_missing` where one has other stems."""
    songs = multitrack.find(multitrack.half(folder, "test"))
    for song in songs:
        multitrack.assign(song, sources)
    return songs


def recorded(folder: Path, sources: tuple[str, ...]) -> list[Case]:
    """One case per song of a folder: its loudest half minute.

    Raises EvaluationError, and AudioError for a file that can't be read."""
    return [_excerpt(song, sources) for song in real_songs(folder, sources)]


def _excerpt(song: Multitrack, sources: tuple[str, ...]) -> Case:
    with tempfile.TemporaryDirectory(prefix="stemlink-train-") as name:
        tracks = Desk(song, Path(name)).references(sources, RATE)
        everything = Sum(list(tracks.values()))
        seconds = [metrics.energy(piece) for piece in pieces(everything, RATE)]
        starts = range(max(1, len(seconds) - _LONGEST + 1))
        first = RATE * max(starts, key=lambda start: sum(seconds[start : start + _LONGEST]))
        length = min(everything.frames - first, RATE * _LONGEST)
        references = {stem: track.read(first, length) for stem, track in tracks.items()}
        return Case(song.name, everything.read(first, length), references)


@torch.inference_mode()
def judge(model: Model, cases: Sequence[Case]) -> dict[str, float]:
    """Means over songs in dB, by `group/stem`; `group/silence` is the level of what leaked into silent stems.

    The best weights are chosen by `score`."""
    found: dict[str, list[float]] = {}
    for case in cases:
        separate = model.prepare(measure(case.mixture))
        stems = separate(torch.from_numpy(case.mixture)[None].to(model.device))[0].cpu().numpy()
        estimates = dict(zip(model.info.sources, stems, strict=True))
        for name, reference in case.references.items():
            estimate = np.sum([estimates[part] for part in name.split("+")], axis=0)
            if case.sounds(name):
                found.setdefault(f"{case.group}/{name}", []).append(metrics.sdr(reference, estimate))
            else:
                found.setdefault(f"{case.group}/silence", []).append(metrics.leakage(case.mixture, estimate))
    means = {name: float(np.mean(values)) for name, values in sorted(found.items())}
    return {**means, "score": score(means)}


def score(means: dict[str, float]) -> float:
    """The mean over groups of the mean over their stems."""
    groups: dict[str, list[float]] = {}
    for name, value in means.items():
        if not name.endswith("/silence"):
            groups.setdefault(name.rsplit("/", 1)[0], []).append(value)
    return float(np.mean([np.mean(values) for values in groups.values()]))
