"""The guide's code does what the guide shows."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT

GUIDE = ROOT / "docs" / "guides" / "python.md"


def test_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "evenhand.toml", tmp_path)
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    shutil.copytree(ROOT / "golden", tmp_path / "golden")
    tickets = ROOT / "python" / "examples" / "golden_tests" / "golden" / "replies" / "tickets.jsonl"
    shutil.copy(tickets, tmp_path / "golden" / "replies")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```pycon\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    text = "\n".join(blocks)
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "guide"}, "guide", str(GUIDE), 0)
    said: list[str] = []
    ran = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert ran.attempted > 15 and ran.failed == 0, "".join(said)
