"""The repository keeps its promises: locks, CI, dependencies, layers and versions."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSION: str = PYPROJECT["project"]["version"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PACKAGES = ("bot", "adapters", "storage")


def distributions(requirements: list[str]) -> set[str]:
    """`psycopg[binary]>=3.2` -> `psycopg`."""
    return {
        re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in requirements
    }


RUNTIME = distributions(PYPROJECT["project"]["dependencies"])
BUILD = distributions(PYPROJECT["dependency-groups"]["build"])
DEV = distributions(PYPROJECT["dependency-groups"]["dev"])


def locked(lock: str) -> dict[str, str]:
    """Version by distribution."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


def package_files() -> set[str]:
    """Every file of the product, by its path from the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def imported(path: Path) -> set[str]:
    """The top-level names that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(lock: str) -> None:
    assert not re.search(r"https?:|index-url|find-links| @ ", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_version_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    assert locked("requirements.lock").keys() >= RUNTIME | BUILD
    assert locked("requirements-dev.lock").keys() >= RUNTIME | BUILD | DEV


def test_the_locks_agree_on_every_version() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \| \S", page, re.MULTILINE)) == RUNTIME | BUILD | DEV


def test_the_product_imports_only_its_own_dependencies() -> None:
    providers = packages_distributions()
    names = {
        name for path in package_files() if path.endswith(".py") for name in imported(ROOT / path)
    }
    foreign = names - set(sys.stdlib_module_names) - set(PACKAGES)
    undeclared = {
        name
        for name in foreign
        if not {p.lower().replace("_", "-") for p in providers.get(name, [])} & RUNTIME
    }
    assert undeclared == set()


def test_a_wheel_carries_every_file_of_the_product(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, tmp_path], check=True)
    with zipfile.ZipFile(tmp_path / f"soundings-{VERSION}-py3-none-any.whl") as wheel:
        assert package_files() <= set(wheel.namelist())


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (ROOT / ".ci/run").read_text().splitlines()
    readme = (ROOT / "README.md").read_text()
    for command in ("make test", "make check"):
        assert command in ci
        assert command in readme


def test_ci_says_that_it_is_ci_before_anything_runs() -> None:
    ci = (ROOT / ".ci/run").read_text()
    assert 0 < ci.find("\nexport CI=true") < ci.find("\nmake test")


def test_ci_tries_every_python_that_is_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PYPROJECT["project"]["classifiers"]))
    script = "scripts/other-pythons"
    assert script in (ROOT / ".ci/run").read_text().splitlines()
    assert f"for version in {' '.join(promised)}; do" in (ROOT / script).read_text()


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest, *released = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert newest == "Unreleased"
    # Before the first release there is nothing to agree with.
    assert released[:1] in ([], [VERSION])


def test_only_pyproject_states_the_version() -> None:
    stated = re.compile(rf"""["']{re.escape(VERSION)}["']""")
    files = [path for path in package_files() if path.endswith(".py")]
    assert [path for path in files if stated.search((ROOT / path).read_text())] == []


def test_every_module_of_the_core_has_its_layer() -> None:
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name for layer in layers for name in re.findall(r"[\w.]+", layer)}
    modules = {
        "bot." + Path(path).parts[1].removesuffix(".py")
        for path in package_files()
        if path.startswith("bot/") and path.endswith(".py")
    }
    assert modules - placed == {"bot.__init__"}


def test_a_decision_that_reaches_out_breaks_the_check(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = "os random secrets socket sqlite3 subprocess tempfile threading uuid".split()
    with (tmp_path / "bot/pulse/answering.py").open("a") as file:
        file.writelines(f"import {name}\n" for name in planted)
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    found = re.findall(r"bot\.pulse is not allowed to import (\w+)", run.stdout)
    assert sorted(found) == planted


def test_the_slack_manifest_asks_for_no_rights_of_its_users() -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text())
    assert manifest["oauth_config"]["scopes"].keys() == {"bot"}


@pytest.mark.parametrize(
    ("ci", "code"), [("", pytest.ExitCode.OK), ("true", pytest.ExitCode.TESTS_FAILED)]
)
def test_a_skip_is_explained_and_in_ci_fails_the_run(
    tmp_path: Path, ci: str, code: pytest.ExitCode
) -> None:
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_it() -> None:\n    pytest.skip('no browser was found')\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--numprocesses", "1", tmp_path],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "1 test: no browser was found" in run.stdout
    assert run.returncode == code
