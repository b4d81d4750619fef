"""Kill points: which there are, who may arm them, and what they cost."""

import ast
import signal
import subprocess
import sys
import timeit
from collections.abc import Iterator

import pytest
from flask import Flask

from config import ROOT, ConfigError, load
from hackitech.core.application import create_core_app
from hackitech.core.kill_points import POINTS, init_kill_points, kill_point
from tests.conftest import SETTINGS

pytestmark = pytest.mark.sqlite_only
PASS_FIVE_TIMES = """
from hackitech.core.application import create_core_app
from hackitech.core.kill_points import kill_point

create_core_app()
for number in range(1, 6):
    kill_point("worker.claimed")
    kill_point("worker.accepted")
    print(number, flush=True)
"""


def passed() -> Iterator[str]:
    """Find the points that the code passes: literals that `kill_point` is called with, or bound to."""
    for path in (ROOT / "hackitech").rglob("*.py"):
        for call in [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]:
            named = [name.id for name in (call.func, *call.args) if isinstance(name, ast.Name)]
            if "kill_point" in named:
                yield from (str(a.value) for a in call.args if isinstance(a, ast.Constant))


def test_the_code_passes_every_point_of_the_list_and_no_other() -> None:
    assert len(set(POINTS)) == len(POINTS)
    assert set(passed()) == set(POINTS)


def test_a_process_dies_the_nth_time_that_it_passes_its_point() -> None:
    environment = {"ENVIRONMENT": "development", "KILL_AT": "worker.accepted:3"}

    run = subprocess.run(
        [sys.executable, "-c", PASS_FIVE_TIMES], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert run.returncode == -signal.SIGKILL, run.stderr
    assert run.stdout.split() == ["1", "2"]


def test_production_refuses_to_be_armed() -> None:
    settings = {**SETTINGS, "ENVIRONMENT": "production", "KILL_AT": ("worker.accepted", 1)}

    with pytest.raises(ConfigError, match="never for production"):
        create_core_app(settings)


def test_a_point_that_is_none_is_refused() -> None:
    app = Flask("armed")
    app.config.update(ENVIRONMENT="test", KILL_AT=("worker.lunch", 1))

    with pytest.raises(ConfigError, match="worker.accepted"):
        init_kill_points(app)


@pytest.mark.parametrize("text", ["worker.accepted", "worker.accepted:", "worker.accepted:0", ":3", "a:b"])
def test_what_does_not_name_a_point_and_a_number_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="KILL_AT"):
        load({"KILL_AT": text})


def test_passing_a_point_costs_a_call_and_no_more() -> None:
    def idle(point: str) -> None:
        pass

    bare = min(timeit.repeat(lambda: idle("worker.accepted"), number=20_000, repeat=30))
    ours = min(timeit.repeat(lambda: kill_point("worker.accepted"), number=20_000, repeat=30))

    assert ours < 3 * bare
