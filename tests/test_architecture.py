"""The house: who may import whom, and the measures that its files keep."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT

PACKAGE = ROOT / "hackitech"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 30, 6

# Packages that are a floor of their own.
FLOOR_OF_PACKAGE = {"core": 0, "models": 1, "channels": 2, "catalog": 2}
# Elsewhere a module's floor follows from its name.
FLOOR_OF_MODULE = {
    3: ("queries", "presentation", "filters", "explanation", "principal", "passwords", "tokens", "sessions",
        "guessing", "loader", "calendar"),
    4: ("notify", "content", "decision", "expansion", "resending", "lifecycle", "idempotency", "outbox",
        "dispatch", "letters", "recording", "emails", "addressees", "fields", "timing", "holding",
        "withdrawal",
        "connections", "frames", "transport", "announcer", "standing", "subscriber"),
    5: ("service", "signin", "confirmation", "hub", "doctor", "first_accounts", "simulation"),
    6: ("api", "schemas", "pages", "socket", "jobs", "cli", "commands", "register", "view", "snoozing",
        "sentences", "metrics", "openapi", "conventions", "blueprint"),
    7: ("app", "worker", "clock", "gunicorn_conf"),
}  # fmt: skip
# Started on their own, before the application is there: they import nothing of it.
APART = ("supervisor", "devmail")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor_of(module: str) -> int | None:
    """Return a module's floor, None for those apart."""
    parts = module.split(".")[1:]
    if not parts or parts[0] in APART:
        return None
    if parts[0] in FLOOR_OF_PACKAGE:
        return FLOOR_OF_PACKAGE[parts[0]]
    last = parts[-1]
    for floor, names in FLOOR_OF_MODULE.items():
        if any(last == name or last.endswith(f"_{name}") for name in names):
            return floor
    raise AssertionError(f"{module}: no floor is known for a module of this name; see FLOOR_OF_MODULE")


def imports_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


KNOWN = {name_of(path) for path in MODULES}
IMPORTERS = [path for path in MODULES if path.name != "__init__.py"]


@pytest.mark.parametrize("path", IMPORTERS, ids=name_of)
def test_modules_import_from_lower_floors_or_their_own_package_only(path: Path) -> None:
    importer, wrong = name_of(path), []
    for imported in set(imports_of(ast.parse(path.read_text()))) & KNOWN:
        if imported.count(".") < 1 or (PACKAGE / "/".join(imported.split(".")[1:])).is_dir():
            continue
        upper, lower = floor_of(importer), floor_of(imported)
        if upper is None or lower is None:
            allowed = importer.split(".")[1] == imported.split(".")[1] or lower is None and upper is None
        else:
            own = importer.rsplit(".", 1)[0] == imported.rsplit(".", 1)[0]
            allowed = lower < upper or (lower == upper and own)
        if not allowed:
            wrong.append(f"{imported} (F{lower})")
    assert not wrong, f"{importer} (F{floor_of(importer)}) imports {', '.join(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    long = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            parameters = [
                a.arg for a in (*node.args.args, *node.args.kwonlyargs) if a.arg not in ("self", "cls")
            ]
            if lines > LONGEST_FUNCTION or len(parameters) > MOST_PARAMETERS:
                long.append(f"{node.name}: {lines} lines, {len(parameters)} parameters")
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_import_nothing(path: Path) -> None:
    inside = [
        f"{node.name}:{inner.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_packages_say_what_they_are_for_and_re_export_nothing() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        assert len(body) == 1 and isinstance(body[0], ast.Expr), (
            f"{name_of(path)} holds more than a docstring"
        )


def test_only_one_place_commits() -> None:
    commits = [name_of(path) for path in MODULES if ".commit()" in path.read_text()]
    assert commits == ["hackitech.core.transaction"]


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        name_of(path)
        for path in MODULES
        if "os.environ" in path.read_text() and name_of(path).split(".")[1] not in APART
    ]
    assert readers == []
