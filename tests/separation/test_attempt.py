"""How an attempt ends, whatever goes wrong in it: in the store, in words, and never as an exception in the worker."""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from pytest_django import Settings

from separation.errors import AudioError, ModelError
from separation.errors import Stopped as Interrupted
from separation.small import SmallRendition
from separation.tasks import attempt, heartbeat, leaving
from sharing import jobs, media
from sharing.domain import Job, Share, Stem
from sharing.errors import Cancelled, LeaseLost, MediaUnavailable, SourceGone, StoreUnavailable
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise

NOW = datetime(2026, 11, 20, tzinfo=UTC)
Said = list[tuple[object, ...]]


@pytest.fixture
def claim() -> jobs.Claim:
    stems = tuple(Stem(id=name, name=name, color="#000000") for name in ("vocals", "drums", "bass", "other"))
    job = Job(model="classical", queued_at=NOW, source=None)
    share = Share(id="a" * 11, title="", token_hash="", created_at=NOW, job=job, stems=stems)
    return jobs.Claim(share, 1, "lease", "shares/a/1/")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """What the attempt tells the store."""
    said: Said = []

    def fail(_claim: jobs.Claim, code: str, message: str, *, retry: bool) -> None:
        assert message.endswith(".")
        said.append(("fail", code, retry))

    monkeypatch.setattr(jobs, "beat", lambda _claim, _progress: None)
    monkeypatch.setattr(jobs, "fail", fail)
    monkeypatch.setattr(jobs, "finish", lambda _claim, *, more: said.append(("finish", more)))
    monkeypatch.setattr(jobs, "release", lambda _claim: said.append(("release",)))
    monkeypatch.setattr(jobs, "discard", lambda _claim: said.append(("discard",)))
    monkeypatch.setattr(jobs, "give_back", lambda _claim: said.append(("give_back",)))
    monkeypatch.setattr(heartbeat, "AGAIN_SECONDS", 0.01)
    return said


def raising(error: BaseException) -> Callable[..., None]:
    def make(*_arguments: object, **_more: object) -> None:
        raise error

    return make


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (AudioError("not_audio", "This is no song."), ("fail", "not_audio", False)),
        (AudioError("decoder_stopped", "The decoder died.", retry=True), ("fail", "decoder_stopped", True)),
        (ModelError("unknown_model", "There is no such model."), ("fail", "unknown_model", False)),
        (MediaUnavailable(), ("fail", "media_unavailable", True)),
        (SourceGone(), ("fail", "source_gone", False)),
        (FileNotFoundError("weights.pt"), ("fail", "separate_failed", True)),
        (ZeroDivisionError("a bug"), ("fail", "separate_failed", True)),
        (MemoryError(), ("fail", "separate_failed", True)),
        (Interrupted(), ("discard",)),
        (Cancelled(), ("discard",)),
        (LeaseLost(), ("discard",)),
    ],
    ids=lambda value: repr(value) if isinstance(value, BaseException) else "",
)
def test_whatever_happens_is_told_to_the_store(
    claim: jobs.Claim,
    said: Said,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    end: tuple[object, ...],
) -> None:
    monkeypatch.setattr(attempt, "_make", raising(error))
    attempt.run(claim)
    assert said == [end]


def test_what_is_made_is_published_even_if_the_store_is_away_for_a_moment(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = iter([True, True, False])

    def finish(_claim: jobs.Claim, *, more: bool) -> None:
        if next(away):
            raise StoreUnavailable
        said.append(("finish", more))

    monkeypatch.setattr(attempt, "_make", lambda _claim, _heart, _small: None)
    monkeypatch.setattr(jobs, "finish", finish)
    attempt.run(claim)
    assert said == [("finish", True), ("release",)]


def test_a_device_error_ends_the_process(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a CUDA device answers after an error can't be trusted."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    monkeypatch.setattr(
        attempt, "_make", raising(torch.AcceleratorError("CUDA error: an illegal memory access"))
    )
    attempt.run(claim)
    assert (said, ended) == ([("fail", "separate_failed", True)], [attempt.DEVICE_EXIT])


def test_a_song_on_its_way_through_the_real_library(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, short_song: Path
) -> None:
    """Scan, separation and segments, with only store and media replaced."""
    files: dict[str, bytes] = {}
    scans: list[dict[str, object]] = []
    monkeypatch.setattr(jobs, "scanned", lambda _claim, **values: scans.append(values))
    monkeypatch.setattr(jobs.Claim, "put", lambda _claim, name, data: files.update({name: data}))
    monkeypatch.setattr(jobs.Claim, "get", lambda _claim, name: files[name])
    monkeypatch.setattr(jobs.Claim, "source", lambda _claim: nullcontext(short_song))
    attempt.run(claim)
    assert said == [("finish", True), ("release",)]
    assert [values["frames"] for values in scans] == [441_000]
    assert {name for name in files if name.startswith("bass/")} == {
        *("bass/flac/0.flac", "bass/flac/1.flac", "bass/flac/2.flac", "bass/peaks.bin"),
        *("bass/aac/0.m4a", "bass/aac/1.m4a", "bass/aac/2.m4a"),
    }
    assert len(files["bass/peaks.bin"]) == 2 * 441_000 // 441


def test_nothing_is_left_running_while_an_attempt_waits_for_the_next(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "song").write_bytes(wav(noise(60 * RATE)))
    left: list[str] = []

    def pause(*_arguments: object) -> bool:
        left.extend(thread.name for thread in threading.enumerate() if thread.name.startswith("separate"))
        return True

    monkeypatch.setattr(attempt, "_pause", pause)
    monkeypatch.setattr(jobs, "scanned", lambda _claim, **_values: None)
    monkeypatch.setattr(jobs.Claim, "put", raising(MediaUnavailable()))
    monkeypatch.setattr(jobs.Claim, "source", lambda _claim: nullcontext(tmp_path / "song"))
    attempt.run(claim)
    assert said == [("fail", "media_unavailable", True)]
    assert left == []


def test_without_a_small_rendition_the_stems_are_published_all_the_same(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def make(_claim: jobs.Claim, _heart: object, small: SmallRendition) -> None:
        small.grow(100)

    monkeypatch.setattr(attempt, "_make", make)
    monkeypatch.setattr(jobs.Claim, "get", raising(MediaUnavailable()))
    attempt.run(claim)
    assert said == [("finish", True), ("release",)]
    assert "its small rendition ends at 0 frames" in caplog.text


def test_what_is_deleted_while_its_small_rendition_is_made_is_forgotten(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "_make", lambda _claim, _heart, _small: None)
    monkeypatch.setattr(SmallRendition, "finish", raising(Interrupted()))
    attempt.run(claim)
    assert said == [("finish", True), ("discard",)]


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (Interrupted(), ("give_back",)),
        (AudioError("decoder_stopped", "The decoder was told to end as well.", retry=True), ("give_back",)),
        (AudioError("too_long", "This song is too long."), ("fail", "too_long", False)),
    ],
)
def test_a_worker_that_is_told_to_stop_gives_back_what_it_can(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, error: Exception, end: tuple[object, ...]
) -> None:
    monkeypatch.setattr(leaving, "asked", lambda: True)
    monkeypatch.setattr(attempt, "_make", raising(error))
    attempt.run(claim)
    assert said == [end]


def test_between_attempts_there_is_time_for_trouble_to_pass(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """And the lease goes on meanwhile. Nobody waits for an attempt that there won't be."""
    settings.STEMLINK_PAUSE_SECONDS, settings.STEMLINK_HEARTBEAT_SECONDS = (0.5, 1), 0.1
    beats: list[float] = []
    monkeypatch.setattr(jobs, "beat", lambda _claim, _progress: beats.append(time.monotonic()))
    monkeypatch.setattr(attempt, "_make", raising(MediaUnavailable()))
    took = {}
    for tries in (1, 2, 3):
        job = replace(claim.share.job, tries=tries)
        began = time.monotonic()
        attempt.run(replace(claim, share=replace(claim.share, job=job)))
        took[tries] = time.monotonic() - began
    assert (took[1] >= 0.5, took[2] >= 1, took[3] < 0.5) == (True, True, True)
    assert len(beats) > 3
    assert said == [("fail", "media_unavailable", True)] * 3


def test_a_worker_that_is_told_to_stop_gives_back_what_it_would_have_tried_again(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEMLINK_PAUSE_SECONDS = (60, 60)
    claim = replace(claim, share=replace(claim.share, job=replace(claim.share.job, tries=1)))
    began = time.monotonic()
    monkeypatch.setattr(leaving, "asked", lambda: time.monotonic() - began > 0.3)
    monkeypatch.setattr(attempt, "_make", raising(MediaUnavailable()))
    attempt.run(claim)
    assert time.monotonic() - began < 10
    assert set(said) == {("give_back",)}


def test_a_worker_that_is_told_to_stop_waits_for_no_media(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEMLINK_MEDIA_SECONDS = 12
    began = time.monotonic()
    monkeypatch.setattr(leaving, "asked", lambda: time.monotonic() - began > 0.3)
    monkeypatch.setattr(attempt, "_make", lambda claim, _heart, _small: claim.put("vocals/flac/0.flac", b""))
    monkeypatch.setattr(media, "put", raising(MediaUnavailable()))
    attempt.run(claim)
    assert time.monotonic() - began < 6
    assert set(said) == {("give_back",)}


@pytest.mark.parametrize(("trouble", "rest"), [(LeaseLost(), [("discard",)]), (StoreUnavailable(), [])])
def test_what_can_t_be_given_back_is_left_to_others(
    claim: jobs.Claim, said: Said, monkeypatch: pytest.MonkeyPatch, trouble: Exception, rest: Said
) -> None:
    monkeypatch.setattr(leaving, "asked", lambda: True)
    monkeypatch.setattr(attempt, "_make", raising(Interrupted()))
    monkeypatch.setattr(jobs, "give_back", raising(trouble))
    attempt.run(claim)
    assert said == rest
