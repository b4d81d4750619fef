"""Everything that `make test` checks: `python scripts/test.py`, or `--lint` for ruff and mypy alone.

Fails when anything fails, and when anything is skipped.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import chromium

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "instance" / "test"
LINTERS = {"ruff": ["ruff", "check", "."], "mypy": ["mypy"]}
BROWSER, LAUNCH, FAULTS = "tests/browser", "tests/launch", "tests/faults"
REST = [f"--ignore={folder}" for folder in (BROWSER, LAUNCH, FAULTS)]
SUITES = {
    "postgres": ["--database=postgres", *REST],
    "sqlite": ["--database=sqlite", *REST],
    "browser": ["--database=sqlite", BROWSER],
    "launch": ["--database=sqlite", LAUNCH],
    "faults on postgres": ["--database=postgres", FAULTS],
    "faults on sqlite": ["--database=sqlite", FAULTS],
}
"""Those that compute most come first, so that at the end no processor is idle; faults mostly wait."""
AT_ONCE = (os.cpu_count() or 1) + 1
SHOWN = "postgres"
"""Of those side by side, the one whose progress is shown; the others say at their end how they went."""


class Outcome(NamedTuple):
    """How one of the checks went."""

    name: str
    well: bool
    text: str
    seconds: float
    computed: float
    """Seconds of computing, of all its processes: what keeps others waiting on a machine with few cores."""


class Ended(NamedTuple):
    """How a command ended, and what it took."""

    status: int
    seconds: float
    computed: float


def main() -> int:
    """Run every check, print one summary, and return the exit status."""
    os.chdir(ROOT)
    RESULTS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        linted = pool.map(lint, LINTERS)
        if "--lint" in sys.argv[1:]:
            return report(linted)
        browser = pool.submit(chromium.environment)
        lean = pool.submit(compile_lean)
        collect()
        lean.result()
        try:
            os.environ.update(browser.result())
        except chromium.NoBrowser as missing:
            sys.exit(str(missing))
        print(f"\n== tests: {', '.join(SUITES)}", flush=True)
        tested = pool.map(run_tests, SUITES, SUITES.values())
        return report([*linted, *tested])


def report(outcomes: Iterable[Outcome]) -> int:
    """Print a row for each check, and return the exit status."""
    told = list(outcomes)
    print("\n" + "\n".join(map(row, told)), flush=True)
    return 0 if all(outcome.well for outcome in told) else 1


def lint(name: str) -> Outcome:
    """Run a linter over the project."""
    ended = run(name, LINTERS[name])
    return Outcome(name, ended.status == 0, "clean" if ended.status == 0 else "not clean", *ended[1:])


def collect() -> None:
    """Import every test: it compiles all modules once, rather than in each suite again.

    Raises:
        SystemExit: some cannot be imported.
    """
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only"]
    collected = subprocess.run(command, capture_output=True, text=True)
    if collected.returncode != 0:
        sys.exit(collected.stdout + collected.stderr)


def compile_lean() -> None:
    """Import what a site's workers import, without docstrings as they do: dozens of them need not compile it.

    What goes wrong with it is for the tests to find.
    """
    modules = "hackitech.clock, hackitech.devmail, hackitech.worker"
    subprocess.run([sys.executable, "-OO", "-c", f"import {modules}"])


def run_tests(suite: str, arguments: list[str]) -> Outcome:
    """Run one suite."""
    results = RESULTS / f"{suite.replace(' ', '-')}.xml"
    results.unlink(missing_ok=True)
    ended = run(suite, ["pytest", "-q", "--tb=short", f"--junitxml={results}", *arguments])
    if not results.exists():
        return Outcome(suite, False, f"stopped with status {ended.status} before its end", *ended[1:])
    counts = read_counts(results)
    well = ended.status == 0 and counts["skipped"] == 0
    return Outcome(suite, well, ", ".join(f"{number} {what}" for what, number in counts.items()), *ended[1:])


def read_counts(results: Path) -> dict[str, int]:
    """Return how many tests passed, failed and were skipped."""
    suite = ElementTree.parse(results).getroot().find("testsuite")
    assert suite is not None
    total, failures, errors, skipped = (
        int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return {"passed": total - failed - skipped, "failed": failed, "skipped": skipped}


def run(name: str, command: list[str]) -> Ended:
    """Run one of our tools; what it says is shown at once or, where others talk too, at its end."""
    began = time.monotonic()
    log = RESULTS / f"{name.replace(' ', '-')}.log"
    with log.open("w") as kept:
        output = None if name == SHOWN else kept
        process = subprocess.Popen([sys.executable, "-m", *command], stdout=output, stderr=output)
        _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if name != SHOWN:
        print(f"\n== {name}\n{log.read_text()}", flush=True)
    return Ended(process.returncode, time.monotonic() - began, usage.ru_utime + usage.ru_stime)


def row(outcome: Outcome) -> str:
    """Return one line of the summary."""
    sign = "ok  " if outcome.well else "FAIL"
    took = f"{outcome.seconds:.0f} s, of computing {outcome.computed:.0f} s"
    return f"{sign} {outcome.name:<18} {outcome.text}  ({took})"


if __name__ == "__main__":
    sys.exit(main())
