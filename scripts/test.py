"""Everything that `make test` checks: `python scripts/test.py`, or `--lint` for ruff and mypy alone.

Fails when anything fails, and when anything is skipped.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TextIO

import chromium

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "instance" / "test"
LINTERS = {"ruff": ["ruff", "check", "."], "mypy": ["mypy"]}
WHOLE_RUNS = ["tests/browser", "tests/launch"]  # they start everything; which database it is matters little
FAULTS = "tests/faults"  # they measure time, so that fewer of them run side by side
REST = [f"--ignore={folder}" for folder in (*WHOLE_RUNS, FAULTS)]
STAGES = [
    {
        "sqlite": ["--database=sqlite", *REST],
        "postgres": ["--database=postgres", *REST],
        "browser": ["--database=sqlite", *WHOLE_RUNS],
    },
    {
        "faults on sqlite": ["--database=sqlite", FAULTS],
        "faults on postgres": ["--database=postgres", FAULTS],
    },
]


class Outcome(NamedTuple):
    """How one of the checks went."""

    name: str
    well: bool
    text: str
    seconds: float


def main() -> int:
    """Run every check, print one summary, and return the exit status."""
    os.chdir(ROOT)
    outcomes = [lint(name, command) for name, command in LINTERS.items()]
    if "--lint" not in sys.argv[1:]:
        try:
            os.environ.update(chromium.environment())
        except chromium.NoBrowser as missing:
            sys.exit(str(missing))
        for suites in STAGES:
            print(f"\n== tests: {', '.join(suites)}", flush=True)
            # Side by side: tests wait more than they compute.
            with ThreadPoolExecutor() as pool:
                outcomes += pool.map(run_tests, suites, suites.values())
    print("\n" + "\n".join(map(row, outcomes)), flush=True)
    return 0 if all(outcome.well for outcome in outcomes) else 1


def lint(name: str, command: list[str]) -> Outcome:
    """Run a linter over the project."""
    print(f"\n== {name}", flush=True)
    status, seconds = timed(command)
    return Outcome(name, status == 0, "clean" if status == 0 else "not clean", seconds)


def run_tests(suite: str, arguments: list[str]) -> Outcome:
    """Run one suite; those on SQLite show their progress, the others what they said at their end."""
    results = RESULTS / f"{suite.replace(' ', '-')}.xml"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    command = ["pytest", "-q", "--tb=short", f"--junitxml={results}", *arguments]
    if suite.endswith("sqlite"):
        status, seconds = timed(command)
    else:
        log = results.with_suffix(".log")
        with log.open("w") as output:
            status, seconds = timed(command, output)
        print(f"\n== tests: {suite}\n{log.read_text()}", flush=True)
    if not results.exists():
        return Outcome(suite, False, f"stopped with status {status} before its end", seconds)
    counts = read_counts(results)
    well = status == 0 and counts["skipped"] == 0
    return Outcome(suite, well, ", ".join(f"{number} {what}" for what, number in counts.items()), seconds)


def read_counts(results: Path) -> dict[str, int]:
    """Return how many tests passed, failed and were skipped."""
    suite = ElementTree.parse(results).getroot().find("testsuite")
    assert suite is not None
    total, failures, errors, skipped = (
        int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return {"passed": total - failed - skipped, "failed": failed, "skipped": skipped}


def timed(command: list[str], output: TextIO | None = None) -> tuple[int, float]:
    """Run one of our tools, and return its exit status and how long it took."""
    began = time.monotonic()
    status = subprocess.run([sys.executable, "-m", *command], stdout=output, stderr=output).returncode
    return status, time.monotonic() - began


def row(outcome: Outcome) -> str:
    """Return one line of the summary."""
    return f"{'ok ' if outcome.well else 'BAD'}  {outcome.name:<18} {outcome.text}  ({outcome.seconds:.0f} s)"


if __name__ == "__main__":
    sys.exit(main())
