"""Starting again, starting with other settings, and what a run leaves on the disk."""

from collections.abc import Callable
from pathlib import Path

from tests.launch.runs import Run


def test_a_second_run_keeps_the_accounts_installs_nothing_and_writes_in_its_own_folders_alone(
    start: Callable[..., Run], checkout: Path
) -> None:
    before = files_of(checkout)
    first = start().is_ready()
    first.close()
    second = start().is_ready()
    second.close()
    assert second.accounts() == first.accounts()
    assert "installing" not in second.output
    assert files_of(checkout) == before


def files_of(checkout: Path) -> set[Path]:
    own = (checkout / ".venv", checkout / "instance")
    return {path for path in checkout.rglob("*") if not any(path.is_relative_to(folder) for folder in own)}


def test_it_starts_no_redis_beside_one_that_it_is_given(start: Callable[..., Run], redis_url: str) -> None:
    run = start(REDIS_URL=redis_url).is_ready()
    assert not [process for process in run.processes() if "valkey" in process.name()]
