"""Makes `.venv`, keeps its packages at what the requirement files say, and becomes a program inside it.

Standard library only: it runs under the system's Python.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
RUN = ROOT / "requirements.txt"
DEV = ROOT / "requirements-dev.txt"
NO_NETWORK = ("NewConnectionError", "NameResolution", "ConnectTimeout", "ProxyError", "from versions: none")
Command = list[str | Path]
QUIET = "--disable-pip-version-check"
UV_OPTIONS = ("--no-cache", "--system-certs", "--color=never")
UV_STEPS = ("Resolved", "Prepared", "Installed")
PIP_STEP = ("Collecting ", "Requirement already satisfied: ")


def main(arguments: list[str]) -> NoReturn:
    """Prepare the environment, then replace this process by the program that was asked for."""
    dev = arguments[:1] == ["--dev"]
    os.chdir(ROOT)
    with RUN.open() as lock:  # a second one waits for the first
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            prepare([RUN, DEV] if dev else [RUN])
        except OSError as error:
            sys.exit(f"Cannot write in {VENV}: {error.strerror}.")
    # A run writes in .venv and in instance/ alone; many containers switch that cache off.
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "instance" / "pycache"))
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(PYTHON, [str(PYTHON), *arguments[dev:]])


def prepare(files: list[Path]) -> None:
    """Bring `.venv` to what the files say, unless it is there already."""
    stamp = read_stamp()
    wanted = {file.name: digest(files[: number + 1]) for number, file in enumerate(files)}
    same_python = stamp.get("python") == os.path.realpath(PYTHON)
    if same_python and wanted.items() <= stamp.items():
        return
    if not works() or (stamp and not same_python):
        make_environment()
        stamp = {}
    install(files)
    write_stamp({**stamp, **wanted, "python": os.path.realpath(PYTHON)})


def digest(files: list[Path]) -> str:
    """Return what changes whenever one of the files does."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def read_stamp() -> dict[str, str]:
    """Return which Python `.venv` has, and the digest of each list that was installed."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: dict[str, str]) -> None:
    """Remember what is installed."""
    unfinished = STAMP.with_suffix(".new")
    unfinished.write_text(json.dumps(stamp))
    unfinished.replace(STAMP)


def works() -> bool:
    """Return whether `.venv` has a Python with pip."""
    return PYTHON.exists() and succeeds(PYTHON, "-m", "pip", "--version")


def make_environment() -> None:
    """Make `.venv` anew, with pip."""
    say("making a virtual environment in .venv")
    VENV.mkdir(exist_ok=True)  # raises what is wrong with the folder
    venv: Command = [sys.executable, "-m", "venv", "--clear", VENV]
    # Debian's python3 comes without ensurepip, which is in python3-venv. Any other pip can bring one, too.
    if not succeeds(*venv) and not (succeeds(*venv, "--without-pip") and bring_pip()):
        sys.exit("No pip for the virtual environment; install it: apt install python3-venv (or python3-pip).")


def bring_pip() -> bool:
    """Install pip into a `.venv` without it, from its own wheel or by the system's pip."""
    ways: list[Command] = [[sys.executable, "-m", "pip", "--python", PYTHON]]
    for wheel in Path("/usr/share/python-wheels").glob("pip-*.whl"):
        ways.insert(0, [PYTHON, wheel / "pip"])
    return any(succeeds(*way, "install", "pip") for way in ways)


def install(files: list[Path]) -> None:
    """Install what the last file asks for, saying how far it is.

    uv does so in seconds, pip in a minute. pip brings uv, and takes over where that does not work: not every
    machine has a build of it, and it does not read pip's settings, such as a mirror.
    """
    total = sum(line[:1].isalpha() for file in files for line in file.read_text().splitlines())
    say(f"installing {total} packages from {files[-1].name}")
    # Our processes keep their compiled modules elsewhere, so nothing need be compiled here.
    pip: Command = [PYTHON, "-m", "pip", "install", "--no-compile", "--no-input", QUIET]
    uv: Command = [VENV / "bin" / "uv", "pip", "install", *UV_OPTIONS, "--python", PYTHON]
    with LOG.open("w") as log:
        brought = follow([*pip, "--retries=0", "--only-binary=uv", pinned_uv()], log)
        if brought.succeeded and follow([*uv, "-r", files[-1]], log).succeeded:
            return
        by_pip = follow([*pip, "--retries=2", "-r", files[-1]], log, total)
    if not by_pip.succeeded:
        sys.exit(why_pip_failed(by_pip.output))


def pinned_uv() -> str:
    """Return which uv the requirements ask for."""
    return next(line.split()[0] for line in RUN.read_text().splitlines() if line.startswith("uv=="))


class Followed(NamedTuple):
    """How a command ended, and all that it said."""

    succeeded: bool
    output: str


def follow(command: Command, log: TextIO, total: int = 0) -> Followed:
    """Run a command; write what it says into a log, and say what tells how far it is of so many packages."""
    said, collected = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            said.append(line)
            log.write(line)
            if line.split(" ")[0] in UV_STEPS or line.startswith(" Downloaded "):
                say(line.strip().lower())
            elif total and line.startswith(PIP_STEP):
                collected += 1
                if collected % 10 == 0:
                    say(f"{min(collected, total)} of {total} packages")
    return Followed(process.returncode == 0, "".join(said))


def why_pip_failed(output: str) -> str:
    """Return the one line that says what to do."""
    if any(sign in output for sign in NO_NETWORK):
        return "The packages cannot be downloaded: no network? Run the same command again once there is one."
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")]
    return f"pip failed: {errors[-1] if errors else 'it gave no reason'} (all that it said: {LOG})"


def succeeds(*command: str | Path) -> bool:
    """Run a command without a word, and return whether it went well."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def say(text: str) -> None:
    """Show a step."""
    print(f"{'setup':<8} | {text}", flush=True)
