"""The command inside the package."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import RECORDS, write_project
from mock import Mock, fair, serving


def ran(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)


def test_it_runs_a_suite_and_passes_its_exit_code_on(project_file: Path, command: str, server: Mock) -> None:
    for words in ([command], [sys.executable, "-m", "evenhand"]):
        done = ran([*words, "run", "--no-cache"], project_file.parent)
        assert done.returncode == 0, done.stderr
        assert "6 of 6" in done.stdout or "κ" in done.stdout, done.stdout
    assert len(server.requests) == 2 * len(RECORDS)
    assert ran([command, "run", "nothing"], project_file.parent).returncode == 2
    unknown = ran([command, "--unknown"], project_file.parent)
    assert unknown.returncode == 2 and "--unknown" in unknown.stderr
    told = ran([command, "--version"], project_file.parent)
    assert told.returncode == 0 and told.stdout.startswith("evenhand ")


def test_ctrl_c_leaves_a_run_that_is_gone_on_with(tmp_path: Path, command: str) -> None:
    with serving(fair, delay_s=0.5) as mock:
        write_project(tmp_path, mock.url, "concurrency = 1\n")
        begun = subprocess.Popen([command, "run"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        while not mock.requests:
            time.sleep(0.01)
        begun.send_signal(signal.SIGINT)
        _, said = begun.communicate(timeout=30)
        assert begun.returncode == 130, said
        assert "evenhand run" in said and "--resume" in said, said
        before = len(mock.requests)
        assert before < len(RECORDS)
        mock.delay_s = 0.0
        assert ran([command, "run", "--resume"], tmp_path).returncode == 0
        assert len(mock.requests) == len(RECORDS), "what was paid for was asked again"
    runs = [path for path in (tmp_path / ".evenhand").rglob("summary.json")]
    assert len(runs) == 1 and json.loads(runs[0].read_text())["summary"]["records"] == len(RECORDS)


def test_ctrl_c_ends_a_command_that_has_no_answer_to_it(tmp_path: Path, command: str) -> None:
    """Python's own handler would only note it."""
    write_project(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "data.jsonl").unlink()
    os.mkfifo(tmp_path / "data.jsonl")
    begun = subprocess.Popen([command, "prompt", "relevance"], cwd=tmp_path, stderr=subprocess.PIPE)
    time.sleep(1.0)
    begun.send_signal(signal.SIGINT)
    begun.communicate(timeout=10)
    assert begun.returncode == -signal.SIGINT
