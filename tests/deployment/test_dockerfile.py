"""The Dockerfile: small, without secrets, not as root."""

import re
import subprocess
import sys
from pathlib import Path

from config import bootstrap
from tests.deployment.files import ROOT, context, final_stage, included, instructions


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_path_that_is_copied_exists() -> None:
    stages = {rest.split(" AS ")[1] for word, rest in instructions() if word == "FROM" and " AS " in rest}
    for word, rest in instructions():
        if word != "COPY":
            continue
        first, *others = rest.split()
        if first.startswith("--from="):
            assert first.removeprefix("--from=") in stages
            continue
        for source in [first, *others[:-1]]:
            assert (ROOT / source).exists(), source
            assert source == "." or any(Path(source).is_relative_to(name) for name in included()), source
    for name in included():
        assert (ROOT / name).exists(), f".dockerignore lets in {name}, which isn't there"


def test_nothing_private_or_superfluous_gets_in() -> None:
    files = context()
    assert Path("manage.py") in files
    top = {path.parts[0] for path in files}
    assert not top & {".git", ".env", "var", "tests", "bench", ".venv", "node_modules"}
    # A part of the page /api/docs/.
    assert [path for path in files if path.parts[0] == "docs"] == [Path("docs/api.md")]
    assert sum((ROOT / path).stat().st_size for path in files) < 30_000_000


def test_images_are_named_with_their_versions() -> None:
    for word, rest in instructions():
        if word == "FROM":
            assert re.match(r"[a-z]+:\d+(\.\d+)*-[a-z-]+( |$)", rest), rest
    assert final_stage()[0][1].startswith("python:3.11-slim")


def test_it_runs_as_nobody_in_particular_and_shows_its_health() -> None:
    last = dict(final_stage())
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last["USER"])
    assert "healthz" in last["HEALTHCHECK"]
    assert last["ENTRYPOINT"] == '["python", "manage.py"]'
    words = [word for word, _rest in final_stage()]
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"COPY", "RUN"})


def test_no_secret_is_given_to_a_layer() -> None:
    for word, rest in instructions():
        assert word != "ADD"
        if word in {"ENV", "ARG"}:
            assert not re.search(r"SECRET|KEY|TOKEN|PASSWORD|CREDENTIALS", rest, re.IGNORECASE), rest
    settings = [rest for word, rest in instructions() if word == "RUN" and "django.setup" in rest]
    assert settings
    assert all("STEMLINK_DATA=/tmp/" in rest for rest in settings), (
        "the secret key is made where it stays behind"
    )
    assert not any("django" in rest for word, rest in final_stage() if word == "RUN")


def test_the_libraries_of_the_browser_are_collected_and_left_behind() -> None:
    words = [rest for _word, rest in instructions()]
    assert "--from=browser /build/node_modules node_modules" in words
    assert any("static_files()" in rest and rest.endswith("rm -r node_modules") for rest in words)


def test_it_installs_what_pyproject_names() -> None:
    (line,) = [rest for word, rest in instructions() if word == "RUN" and "bootstrap.py list" in rest]
    match = re.search(r"bootstrap\.py list ([\w ]*)>", line)
    assert match is not None
    wanted = bootstrap.listed(match[1].split())
    assert any(name.startswith("psycopg") for name in wanted)
    assert not any(name.startswith(("pytest", "nodejs")) for name in wanted)
    assert "-c constraints.txt" in line
