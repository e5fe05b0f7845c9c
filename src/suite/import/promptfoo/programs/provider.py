"""Calls a Python function that a promptfoo configuration names as a provider.

evenhand runs it once for each record. The record's fields stand on standard input, as JSON; the output goes to standard
output. The file that is named as its argument says what is called.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import sys


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        called = json.load(file)
    record = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    os.chdir(called["folder"])
    prompt = record["prompt"]
    if not isinstance(prompt, str):
        prompt = json.dumps(prompt, indent=2, ensure_ascii=False)
    options = {key: called[key] for key in ("id", "label", "config") if called.get(key) is not None}
    options.setdefault("config", {})
    context = {"vars": record.get("vars") or {}, "prompt": {"raw": prompt, "label": prompt}}

    path = os.path.abspath(called["file"])
    sys.path.insert(0, os.path.dirname(path))
    # What the provider prints is no output.
    with contextlib.redirect_stdout(sys.stderr):
        spec = importlib.util.spec_from_file_location(os.path.basename(path).rsplit(".", 1)[0], path)
        if spec is None or spec.loader is None:
            raise SystemExit(f"{path} is no Python module")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        function = module
        for name in called["function"].split("."):
            function = getattr(function, name)
        answer = function(prompt, options, context)
        if asyncio.iscoroutine(answer):
            answer = asyncio.run(answer)

    if not isinstance(answer, dict):
        raise SystemExit("the provider gave no dict")
    if answer.get("error"):
        raise SystemExit(str(answer["error"]))
    output = answer.get("output")
    if output is None:
        raise SystemExit("the provider gave no output")
    if not isinstance(output, str):
        output = json.dumps(output, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(output.encode("utf-8"))


main()
