"""Dockerfile, .dockerignore and docker-compose.yml as tests read them: no engine is needed."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import compose_spec
import yaml

ROOT = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), with its continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]


def final_stage() -> list[tuple[str, str]]:
    """Those that make the image itself."""
    found = instructions()
    last = max(index for index, (word, _rest) in enumerate(found) if word == "FROM")
    return found[last:]


def included() -> list[str]:
    """What .dockerignore lets into the image, by name at the top."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything is left out, then a few are let in"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def context() -> list[Path]:
    """The files that `COPY . .` copies: those that git knows, below what is let in."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *included()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def compose(**variables: str) -> dict[str, Any]:
    """docker-compose.yml with its variables filled in, after the specification's own library found no fault."""

    def fill(match: re.Match[str]) -> str:
        return variables.get(match[1], match[2])

    text = re.sub(r"\$\{(\w+):-([^}]*)\}", fill, (ROOT / "docker-compose.yml").read_text())
    assert "${" not in text, "every variable has a default"
    found: dict[str, Any] = yaml.safe_load(text)
    compose_spec.PyCompose.from_json(json.dumps(found)).validate()
    return found
