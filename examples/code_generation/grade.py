"""Grades a Python function: python3 grade.py TASK < code. Prints one JSON object.

The code is run in a process of its own, in a temporary folder, with limits on time, memory and the size of files. That
stops endless loops and mistakes. It is no protection against code that means harm: for code of strangers, run this whole
example in a container or a virtual machine.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 5
CPU_SECONDS = 3
MEMORY_BYTES = 512 * 1024 * 1024
FILE_BYTES = 1024 * 1024

# Calls the function with each argument. It is not told what the results should be.
RUNNER = """
import json, sys
function, arguments = sys.argv[1], json.loads(sys.argv[2])
names = {}
exec(compile(open("solution.py", encoding="utf-8").read(), "solution.py", "exec"), names)
results = [names[function](argument) for argument in arguments]
sys.stdout.write("\\n" + json.dumps(results))
"""


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def results(code, function, arguments):
    """The function's results, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "solution.py").write_text(code, encoding="utf-8")
        Path(folder, "runner.py").write_text(RUNNER, encoding="utf-8")
        command = [sys.executable, "-I", "runner.py", function, json.dumps(arguments)]
        ran = subprocess.Popen(
            command, cwd=folder, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=limit, start_new_session=True,
        )
        try:
            said, complaint = ran.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            # With everything that it started.
            os.killpg(ran.pid, signal.SIGKILL)
            ran.communicate()
            return None, f"it took longer than {SECONDS} s"
    if ran.returncode < 0:
        return None, f"it was ended by signal {-ran.returncode}: too much time, or too large a file"
    if ran.returncode > 0:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        return None, last[0] if last else f"exit code {ran.returncode}"
    try:
        return json.loads(said.decode(errors="replace").splitlines()[-1]), None
    except (ValueError, IndexError):
        return None, "it gave no results that are JSON"


def main():
    lines = Path(__file__).with_name("tasks.jsonl").read_text(encoding="utf-8").splitlines()
    task = next(task for task in map(json.loads, lines) if task["id"] == sys.argv[1])
    arguments, expected = zip(*task["cases"])
    got, why = results(sys.stdin.read(), task["function"], arguments)
    wrong = [] if why else [
        f"{task['function']}({argument}) is {result}, not {right}"
        for argument, result, right in zip(arguments, got, expected)
        # In Python True == 1; here a number is no truth value.
        if type(result) is not type(right) or result != right
    ]
    passes = why is None and not wrong
    print(json.dumps({"verdict": "pass" if passes else "fail", "why": why, "wrong": wrong[:3]}))


main()
