"""The processor's time for a call, by the command and through the package: `cpu_per_call.py [COMMAND]`.

Both judge the same records in one run each, in turn, against a mock server in a process of its own. COMMAND is an
`evenhand` to compare with; that of the package by default.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from mock import serving  # noqa: E402

RECORDS = 2_000
ROUNDS = 5
LIBRARY = """
import sys, evenhand
run = evenhand.Project("evenhand.toml").suite("relevance").run(cache="ignore")
assert run.summary.scored.count == int(sys.argv[1]), run
"""
IDLE = 'import evenhand; evenhand.Project("evenhand.toml")'


def serve(tell: Connection) -> None:
    with serving() as mock:
        tell.send(mock.url)
        tell.recv()


def cpu_s(words: list[str], folder: Path) -> float:
    """User and system time of a process."""
    begun = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(begun.pid, 0)
    begun.returncode = os.waitstatus_to_exitcode(status)
    assert begun.returncode == 0, f"{words}: exit code {begun.returncode}"
    return used.ru_utime + used.ru_stime


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else shutil.which("evenhand")
    assert command, "there is no evenhand"
    ours, theirs = Pipe()
    server = Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    url = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = (
            f'{{"id": "r{turn}", "ground_truth": "Say that order {turn} is late", "artifact": "Order {turn} is late."}}\n'
            for turn in range(RECORDS)
        )
        (folder / "data.jsonl").write_text("".join(rows))
        (folder / "evenhand.toml").write_text(
            f'default_model = "judge"\n[models.judge]\nmodel = "openai/mock-1"\nbase_url = "{url}"\n'
            '[suites.relevance]\ndataset = "data.jsonl"\nsignature = "relevance"\n'
        )
        idle = statistics.median(cpu_s([sys.executable, "-c", IDLE], folder) for _ in range(ROUNDS))
        by: dict[str, list[float]] = {"command": [], "package": []}
        for _ in range(ROUNDS):
            by["command"].append(cpu_s([command, "run", "relevance", "--no-cache"], folder))
            by["package"].append(cpu_s([sys.executable, "-c", LIBRARY, str(RECORDS)], folder))
    for way, seconds in by.items():
        told = ", ".join(f"{1e6 * one / RECORDS:.0f}" for one in seconds)
        print(f"{way:<8} {1e6 * statistics.median(seconds) / RECORDS:6.0f} µs a call ({told})")
    ratio = statistics.median(by["package"]) / statistics.median(by["command"])
    print(f"package / command: {ratio:.2f}; Python's own start took {idle:.2f} s of {statistics.median(by['package']):.2f} s")
    ours.send(None)


if __name__ == "__main__":
    main()
