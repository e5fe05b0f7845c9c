"""Runs the comparison: every optimizer with every seed on the same records, cell by cell.

    python run.py --evenhand EVENHAND --suite begin --data items.dev.jsonl --folder work

Goes on where it was left: a finished cell is a line of FOLDER/results.jsonl, and the replies of a half one are
kept by proxy.py, which must be running before the server.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEMOS, HARVESTED = 8, 4
# Six programs: zero-shot, labelled, unshuffled, and these.
DSPY_CANDIDATES = 3


@dataclass(frozen=True)
class Plan:
    """How many records for training, validation and test, and how many calls a search has."""

    parts: tuple[int, int, int]
    # DSPy's six programs on the validation records, and a few calls for the demos of each.
    calls: int
    # Seed by seed; one of evenhand's comes before DSPy's, which is dealt the same parts.
    cells: tuple[tuple[str, int], ...]
    options: tuple[str, ...] = ()


PLANS = {
    "begin": Plan((60, 32, 80), 210, (
        ("random-search", 0), ("dspy", 0), ("tpe", 0), ("tpe", 1), ("dspy", 1), ("tpe", 2), ("dspy", 2),
        ("random-search", 1), ("random-search", 2), ("instructions", 0), ("instructions", 1), ("instructions", 2),
        ("labelled", 0), ("labelled", 1), ("labelled", 2), ("knn", 0), ("knn", 1), ("knn", 2),
    )),
    "relevance": Plan((15, 20, 32), 135, tuple(
        (kind, seed) for seed in range(3) for kind in ("tpe", "dspy", "random-search")
    ), ("--group", "pair")),
}
# Options of evenhand's optimizers; INSTRUCTIONS is the suite's file.
EVENHAND = {
    "random-search": ["--optimizer", "random-search", "--candidates", "16"],
    "tpe": ["--optimizer", "tpe", "--instructions", "INSTRUCTIONS", "--objective", "rank"],
    # In a weighted reading nothing is harvested, so `bootstrap` would be `labelled`.
    "labelled": ["--optimizer", "labelled", "--objective", "rank"],
    "knn": ["--optimizer", "knn", "--objective", "rank"],
    "instructions": ["--optimizer", "tpe", "--instructions", "INSTRUCTIONS", "--objective", "rank", "--demos", "0"],
}


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class Experiment:
    def __init__(self, args):
        self.evenhand, self.data, self.server = Path(args.evenhand).resolve(), Path(args.data).resolve(), args.server
        self.folder = Path(args.folder).resolve()
        self.results = self.folder / "results.jsonl"
        self.name, self.plan = args.suite, PLANS[args.suite]
        self.suite = tomllib.loads((HERE / "evenhand.toml").read_text(encoding="utf-8"))["suites"][args.suite]
        self.signature = tomllib.loads((HERE / self.suite["signature"]).read_text(encoding="utf-8"))

    def run(self):
        for kind, seed in self.plan.cells:
            cell = f"{kind}-{seed}"
            if any(line["cell"] == cell for line in lines(self.results)):
                continue
            print("cell", cell, flush=True)
            found = self.dspy(cell, seed) if kind == "dspy" else self.tune(cell, EVENHAND[kind], seed)
            with self.results.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"cell": cell, "kind": kind, "seed": seed, **found}) + "\n")

    def fresh(self, cell):
        place = self.folder / "cells" / cell
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place

    def tune(self, cell, options, seed):
        place = self.fresh(cell)
        config = (HERE / "evenhand.toml").read_text(encoding="utf-8")
        config = config.replace("http://127.0.0.1:8370", self.server).replace("CELL", cell)
        config = config.replace("DATASET", str(self.data)).replace("signatures/", f"{HERE}/signatures/")
        (place / "evenhand.toml").write_text(config, encoding="utf-8")
        instructions = str(HERE / "instructions" / f"{self.name}.txt")
        options = [instructions if option == "INSTRUCTIONS" else option for option in options]
        parts = self.plan.parts
        command = [
            str(self.evenhand), "tune", self.name, "--seed", str(seed), "--limit", str(sum(parts)),
            "--split", ",".join(map(str, parts)), "--max-calls", str(self.plan.calls + 2 * parts[2]),
            "--harvested", str(HARVESTED), "--json", *self.plan.options,
            *(options if "--demos" in options else ["--demos", str(DEMOS), *options]),
        ]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        (place / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode not in (0, 1):
            sys.exit(f"{cell}: {done.stderr[-2000:]}")
        tuned = next((place / ".evenhand" / "tunes").iterdir())
        return {
            "evaluations": lines(tuned / "evaluations.jsonl"), "candidates": lines(tuned / "candidates.jsonl"),
            "result": json.loads((tuned / "result.json").read_text(encoding="utf-8")),
        }

    def dspy(self, cell, seed):
        place = self.fresh(cell)
        signature = self.signature
        verdict = signature["outputs"]["verdict"]
        spec = {
            "cell": cell, "seed": seed, "server": self.server, "parts": self.parts(seed),
            "instruction": signature["instruction"].strip(), "choices": verdict["choices"],
            "inputs": {name: field["description"] for name, field in signature["inputs"].items()},
            "output": verdict["description"], "demos": DEMOS, "harvested": HARVESTED,
            "candidates": DSPY_CANDIDATES, "cache": str(place / "cache"), "result": str(place / "found.json"),
        }
        (place / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        with (place / "output.txt").open("w", encoding="utf-8") as out:
            command = [sys.executable, str(HERE / "dspy_side.py"), str(place / "spec.json")]
            subprocess.run(command, check=True, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONHASHSEED": "0"})
        return json.loads((place / "found.json").read_text(encoding="utf-8"))

    def parts(self, seed):
        """The parts that evenhand dealt, read from what it wrote down of each judgment."""
        cell = next(line for line in lines(self.results) if line["kind"] in EVENHAND and line["seed"] == seed)
        part_of = {judged["id"]: judged["part"] for judged in cell["evaluations"] if judged["part"] != "train"}
        parts = {"train": [], "validation": [], "test": []}
        for record in lines(self.data)[: sum(self.plan.parts)]:
            fields = self.suite.get("fields", {})
            label = record[self.suite["label"]]
            parts[part_of.get(record["id"], "train")].append({
                "id": record["id"], "label": self.suite.get("label_values", {}).get(label, label),
                "inputs": {name: record[fields.get(name, name)] for name in self.signature["inputs"]},
            })
        sizes = tuple(len(part) for part in parts.values())
        # Groups are dealt whole, so that a part can have one record more or less.
        assert all(abs(size - planned) <= 2 for size, planned in zip(sizes, self.plan.parts)), sizes
        return parts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evenhand", default="evenhand")
    parser.add_argument("--suite", choices=PLANS, default="begin")
    parser.add_argument("--data", required=True)
    parser.add_argument("--folder", default="work")
    parser.add_argument("--server", default="http://127.0.0.1:8370")
    Experiment(parser.parse_args()).run()


if __name__ == "__main__":
    main()
