"""One copy of the checkout for all tests of this folder; each starts it and ends it again."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.launch.runs import Run, copy_checkout, with_compiled_libraries

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("launch")
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def checkout() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="notifi-run-"))
    yield with_compiled_libraries(copy_checkout(folder / "notifi"))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def starting(checkout: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*command: str, **changes: str) -> Run:
        runs.append(Run(checkout, *command, **changes))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


@pytest.fixture
def start(checkout: Path) -> Iterator[Callable[..., Run]]:
    """Start `make run`, or another command, any number of times."""
    with starting(checkout) as start:
        yield start


@pytest.fixture
def run(start: Callable[..., Run]) -> Run:
    """`make run`, with everything up."""
    return start().is_ready()


@pytest.fixture(scope="module")
def shared_run(checkout: Path) -> Iterator[Run]:
    """The same for all tests of a file, which leave it running."""
    with starting(checkout) as start:
        yield start().is_ready()
