from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock import Mock, serving

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
RECORDS = [
    ("r1", "Say that order 7 is late", "Order 7 is late.", "pass"),
    ("r2", "Say that order 8 is late", "WRONG Order 9 is late.", "fail"),
    ("r3", "Name the port", "The port is 8080.", "pass"),
    ("r4", "Name the host", "WRONG I do not know.", "fail"),
    ("r5", "Ask for the file", "Could you send the file?", "pass"),
    ("r6", "Ask for the key", "WRONG Here is the key.", "pass"),
]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the caller's decides about a test."""
    for name in list(os.environ):
        if name == "EVENHAND_ENGINES":
            continue
        if name.startswith(("OPENAI_", "ANTHROPIC_", "OLLAMA_", "EVENHAND_", "INSTA_")) or name in ("CI", "TF_BUILD"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Mock]:
    with serving() as mock:
        yield mock


def write_project(folder: Path, url: str, more: str = "") -> Path:
    lines = [
        f'{{"id": "{id_}", "ground_truth": "{wanted}", "artifact": "{given}", "label": "{label}"}}\n'
        for id_, wanted, given, label in RECORDS
    ]
    (folder / "data.jsonl").write_text("".join(lines))
    (folder / "evenhand.toml").write_text(
        f"""default_model = "judge"

[models.judge]
model = "openai/mock-1"
base_url = "{url}"
transport_retries = 0

[suites.relevance]
dataset = "data.jsonl"
signature = "relevance"
label = "label"
{more}"""
    )
    return folder / "evenhand.toml"


@pytest.fixture
def project_file(tmp_path: Path, server: Mock) -> Path:
    return write_project(tmp_path, server.url)


@pytest.fixture
def command() -> str:
    """The command of the package."""
    found = shutil.which("evenhand")
    assert found, "the package is not installed"
    return found
