"""Static files of this release and those before: pages that were left open still find their parts."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from config.service import prepare
from config.static import StaticFilesMiddleware

DAY = 24 * 3600


@pytest.fixture
def root(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the releases of an installation are that has only one file."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "part.js").write_text("export {}")
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "static" / settings.RELEASE
    return tmp_path / "static"


def release(root: Path, name: str, days: float) -> None:
    """A release that was first started so many days ago."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "part.js").write_text(name)
    (folder / ".complete").touch()
    os.utime(folder, (time.time() - days * DAY,) * 2)


def served(name: str) -> tuple[int, bytes]:
    """What a web server that starts now answers for a file."""

    def nothing_else(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    response = StaticFilesMiddleware(nothing_else)(RequestFactory().get(f"/static/{name}"))
    with closing(response):
        return response.status_code, response.getvalue()


def test_the_release_before_and_those_of_a_week_are_kept(root: Path, settings: Settings) -> None:
    for name, days in (("first", 30), ("second", 8), ("third", 6)):
        release(root, name, days)
    prepare.static_files()
    assert {folder.name for folder in root.iterdir()} == {"third", settings.RELEASE}


def test_the_release_that_ran_until_now_is_kept_whatever_its_age(root: Path, settings: Settings) -> None:
    release(root, "before", 90)
    prepare.static_files()
    assert {folder.name for folder in root.iterdir()} == {"before", settings.RELEASE}


@pytest.mark.django_db  # an answer that is closed ends its request, which looks after the connections of tests before
def test_files_of_older_releases_are_served(root: Path, settings: Settings) -> None:
    release(root, "before", 1)
    (root / "halfway").mkdir()  # what was interrupted is no release
    (root / "halfway" / "part.js").touch()
    prepare.static_files()

    assert served(f"{settings.RELEASE}/part.js") == (200, b"export {}")
    assert served("before/part.js") == (200, b"before")
    assert served("halfway/part.js")[0] == 404


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_who_sends_something_to_a_file_is_told_in_words(root: Path, settings: Settings, method: str) -> None:
    prepare.static_files()
    path = f"/static/{settings.RELEASE}/part.js"
    with closing(Client().get(path)) as file:
        assert file.status_code == 200
    response = getattr(Client(), method)(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response.json()["code"] == "method_not_allowed"
