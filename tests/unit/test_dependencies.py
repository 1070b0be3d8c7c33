"""Which module may lean on which: read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
SHARED = "darkroom"
STEPS = {"validate", "resize", "filter", "optimize", "review", "publish"}

MODULES = {
    path.relative_to(FUNCTIONS).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(FUNCTIONS.rglob("*.py"))
}
HANDLERS = [name for name in MODULES if name.endswith("/handler.py")]
MAX_HANDLER_LINES = 60

# The only modules that speak to AWS; all others take and return plain values.
ADAPTERS = {
    "darkroom/clients.py",
    "darkroom/storage.py",
    "publish/publishing.py",
    "publish/rejections.py",
    "publish/withdrawing.py",
    "review/clients.py",
    "review/pictures.py",
    "review/records.py",
    "review/trail.py",
    "review/waiting.py",
    "validate/rejections.py",
}


def imported(tree: ast.AST) -> set[str]:
    """The packages that a module imports, at its top or within a function."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "expected absolute imports"
            found.add((node.module or "").partition(".")[0])
    return found


def package(module: str) -> str:
    return module.partition("/")[0]


def test_every_package_is_a_step_or_what_steps_share() -> None:
    assert {package(module) for module in MODULES} == STEPS | {SHARED}


@pytest.mark.parametrize("module", MODULES)
def test_a_step_imports_no_other_step_and_what_they_share_imports_none(module: str) -> None:
    own = {package(module)} & STEPS
    assert imported(MODULES[module]) & STEPS <= own


@pytest.mark.parametrize("module", MODULES)
def test_a_function_imports_neither_the_command_nor_tests(module: str) -> None:
    assert imported(MODULES[module]).isdisjoint({"cli", "tests", "samples", "conftest"})


@pytest.mark.parametrize("module", MODULES)
def test_only_the_shared_modules_know_the_environment(module: str) -> None:
    tree = MODULES[module]
    if module == f"{SHARED}/settings.py":
        assert _at_import(tree) == []
        assert _environment_reads(tree)
    else:
        assert _environment_reads(tree) == []


def _environment_reads(tree: ast.AST) -> list[int]:
    """Lines that name `os.environ`, `os.getenv` or import them by themselves."""
    names = {"environ", "getenv", "environb"}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os" and node.attr in names:
                lines.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            lines += [node.lineno for alias in node.names if alias.name in names]
    return lines


def _at_import(tree: ast.Module) -> list[int]:
    """The same, outside of functions."""
    within = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for line in _environment_reads(ast.Module(node.body, []))
    }
    return [line for line in _environment_reads(tree) if line not in within]


def test_only_adapters_know_aws() -> None:
    speaking = {
        module
        for module, tree in MODULES.items()
        if "botocore" in imported(tree) or f"{SHARED}.clients" in _from(tree)
    }
    assert speaking == ADAPTERS


def _from(tree: ast.AST) -> set[str]:
    """The modules that something is imported from."""
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_no_function_imports_what_is_slow_beside_botocore() -> None:
    """`darkroom/clients.py` and `darkroom/items.py` say what stands in its place."""
    assert not [module for module, tree in MODULES.items() if "boto3" in imported(tree)]


@pytest.mark.parametrize("module", MODULES)
def test_no_client_is_made_at_import(module: str) -> None:
    at_import = [
        node.lineno
        for statement in MODULES[module].body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"aws_client", "create_client"}
    ]
    assert at_import == []


def test_pictures_are_opened_in_three_places_with_named_decoders() -> None:
    calls = [(module, call) for module, tree in MODULES.items() for call in _opens(tree)]
    assert {module for module, _ in calls} == {
        f"{SHARED}/images.py",
        f"{SHARED}/masters.py",
        "optimize/quality.py",  # what it has just encoded
    }
    for module, call in calls:
        assert "formats" in {keyword.arg for keyword in call.keywords}, (module, call.lineno)


def _opens(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "PIL.Image":
            assert "open" not in {alias.name for alias in node.names}
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "open"
            and ast.unparse(node.func.value) in ("Image", "PIL.Image")
        ):
            yield node


@pytest.mark.parametrize("module", MODULES)
def test_no_module_loads_pickles_or_runs_text(module: str) -> None:
    tree = MODULES[module]
    assert imported(tree).isdisjoint({"pickle", "marshal", "shelve", "subprocess", "yaml"})
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"eval", "exec", "__import__"})


@pytest.mark.parametrize("module", HANDLERS)
def test_a_handler_is_short(module: str) -> None:
    [handler] = [
        node
        for node in MODULES[module].body
        if isinstance(node, ast.FunctionDef) and node.name == "lambda_handler"
    ]
    assert handler.end_lineno is not None
    assert handler.end_lineno - handler.lineno + 1 <= MAX_HANDLER_LINES


def test_every_step_has_a_handler_and_it_is_the_one_module_that_sees_events() -> None:
    assert {package(module) for module in HANDLERS} == STEPS
    seeing = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "lambda_handler"
    }
    assert seeing == set(HANDLERS)


@pytest.mark.parametrize("module", [name for name in MODULES if package(name) == "review"])
def test_the_review_page_opens_no_picture(module: str) -> None:
    """It faces the internet: no decoder runs there."""
    assert imported(MODULES[module]).isdisjoint({"PIL", "pillow_heif"})
    images = {
        node.module
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.ImportFrom)
        and node.module in {f"{SHARED}.images", f"{SHARED}.masters", f"{SHARED}.scaling"}
    }
    assert images == set()


def test_all_packages_are_built() -> None:
    makefile = (FUNCTIONS / "Makefile").read_text(encoding="utf-8")
    [line] = [line for line in makefile.splitlines() if line.startswith("PACKAGES :=")]
    assert set(line.removeprefix("PACKAGES :=").split()) == STEPS | {SHARED}


def test_the_command_leans_on_what_steps_share_and_in_one_module_on_steps() -> None:
    """What previews a recipe has to run them."""
    leaning = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cli").rglob("*.py")
        if imported(ast.parse(path.read_text(encoding="utf-8"))) & STEPS
    }
    assert leaning == {"cli/previewing/steps.py"}
