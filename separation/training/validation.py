"""What the network is judged by while it learns: whole songs, taken apart the way users' songs are."""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from separation.catalogue import ModelInfo
from separation.evaluation import metrics, multitrack
from separation.evaluation.errors import EvaluationError
from separation.evaluation.evaluate import Desk
from separation.evaluation.metrics import Sound
from separation.evaluation.multitrack import Multitrack
from separation.evaluation.tape import Sum, loudest, record
from separation.models.base import Model
from separation.statistics import measure
from separation.training import library
from separation.training.library import Song
from separation.training.mixing import LEVELS, REST
from separation.training.songs import FAMILIES
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
    for number, song in enumerate(library.by_stem(songs, sources)):
        references = mixed(song, number, sources)
        cases.append(Case("synthesised", np.sum(list(references.values()), axis=0), references))
    return cases


def mixed(song: Song, number: int, sources: tuple[str, ...]) -> dict[str, Sound]:
    """The stems of a song, which has its tracks by stem, mixed as a band would be."""
    return {
        source: gain * _sum(song, song.tracks[source])
        for source, gain in _gains(song, number, sources).items()
    }


def _gains(song: Song, number: int, sources: Sequence[str]) -> dict[str, np.float32]:
    """Drawn from the song's number."""
    rng = np.random.default_rng(number)
    levels = {
        source: LEVELS.get(source, REST) - 10 * np.log10(max(1, len(song.tracks[source]))) + rng.normal() * 2
        for source in sources
    }
    return {source: np.float32(10 ** (level / 20)) for source, level in levels.items()}


def _sum(song: Song, tracks: Sequence[Path]) -> Sound:
    parts = [song.read(track, 0, song.samples) for track in tracks]
    sound: Sound = np.sum([np.zeros((2, song.samples), np.float32), *parts], axis=0)
    return sound


def unpack(song: Song, number: int, folder: Path, wanted: Collection[str] = ()) -> Multitrack:
    """A synthesised song as files in `folder`: one for each of the four stems that most models have, as which it is
    mixed, and of what is in `other` one for each family in `wanted`.

    Every fourth song lacks one of the four, so that silence is judged as well."""
    names = [*STEMS, *(name for name in FAMILIES if name in wanted and name not in STEMS)]
    if set(FAMILIES) < set(names):  # nothing is left
        names.remove("other")
    place = folder / song.folder.name
    place.mkdir()
    (whole,), (apart,) = library.by_stem([song], STEMS), library.by_stem([song], names)
    gains = _gains(whole, number, STEMS)
    stems = {}
    for name in names:
        stem = name if name in STEMS else "other"
        sound = gains[stem] * _sum(song, apart.tracks[name])
        left_out = number % 4 == 3 and stem == STEMS[number // 4 % 4]
        stems[name] = record(place / f"{name}.wav", [0 * sound if left_out else sound]).path
    return Multitrack(song.folder.name, stems)


def require_makeable(model: ModelInfo) -> None:
    """Raises EvaluationError `stems_missing` where synthesised songs can't be taken apart as a model does it."""
    if set(library.shared_out(FAMILIES, model.sources).values()) != set(model.sources):
        message = (
            f"{model.name} has the stems {', '.join(model.sources)}, and songs that are made here can't be taken apart "
            "into these. Evaluate it with a FOLDER of songs that have such stems."
        )
        raise EvaluationError("stems_missing", message)


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
        first = loudest(everything, _LONGEST, RATE)
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
