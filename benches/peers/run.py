"""Runs the comparison: every optimizer with every seed on the same records, cell by cell.

    python run.py --karat KARAT --data items.dev.jsonl --folder work

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
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRAIN, VALIDATION, TEST = 60, 32, 80
SEARCH_CALLS = 210
DEMOS, HARVESTED = 8, 4
# Six programs on 32 records are 192 calls, and a few for the demos of each.
DSPY_CANDIDATES = 3
KARAT = {
    "random-search": ["--optimizer", "random-search"],
    "tpe": ["--optimizer", "tpe", "--instructions", str(HERE / "instructions.txt"), "--objective", "rank"],
    "instructions": [
        "--optimizer", "tpe", "--instructions", str(HERE / "instructions.txt"), "--objective", "rank", "--demos", "0",
    ],
}
# Seed by seed; one of karat's comes before DSPy's, which is dealt the same parts.
CELLS = [
    ("random-search", 0), ("dspy", 0), ("tpe", 0), ("tpe", 1), ("dspy", 1), ("tpe", 2), ("dspy", 2),
    ("random-search", 1), ("random-search", 2), ("instructions", 0), ("instructions", 1), ("instructions", 2),
]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class Experiment:
    def __init__(self, args):
        self.karat, self.data, self.server = Path(args.karat).resolve(), Path(args.data).resolve(), args.server
        self.folder = Path(args.folder).resolve()
        self.results = self.folder / "results.jsonl"
        self.suite = tomllib.loads((HERE / "karat.toml").read_text(encoding="utf-8"))["suites"]["begin"]

    def run(self):
        for kind, seed in CELLS:
            cell = f"{kind}-{seed}"
            if any(line["cell"] == cell for line in lines(self.results)):
                continue
            print("cell", cell, flush=True)
            found = self.dspy(cell, seed) if kind == "dspy" else self.tune(cell, KARAT[kind], seed)
            with self.results.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"cell": cell, "kind": kind, "seed": seed, **found}) + "\n")

    def fresh(self, cell):
        place = self.folder / "cells" / cell
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place

    def tune(self, cell, options, seed):
        place = self.fresh(cell)
        config = (HERE / "karat.toml").read_text(encoding="utf-8")
        config = config.replace("http://127.0.0.1:8370", self.server).replace("CELL", cell)
        config = config.replace("DATASET", str(self.data)).replace("signatures/", f"{HERE}/signatures/")
        (place / "karat.toml").write_text(config, encoding="utf-8")
        command = [
            str(self.karat), "tune", "begin", "--seed", str(seed), "--limit", str(TRAIN + VALIDATION + TEST),
            "--split", f"{TRAIN},{VALIDATION},{TEST}", "--max-calls", str(SEARCH_CALLS + 2 * TEST),
            "--harvested", str(HARVESTED), "--json", *(options if "--demos" in options else ["--demos", str(DEMOS), *options]),
        ]
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
        (place / "output.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode not in (0, 1):
            sys.exit(f"{cell}: {done.stderr[-2000:]}")
        tuned = next((place / ".karat" / "tunes").iterdir())
        return {
            "evaluations": lines(tuned / "evaluations.jsonl"), "candidates": lines(tuned / "candidates.jsonl"),
            "result": json.loads((tuned / "result.json").read_text(encoding="utf-8")),
        }

    def dspy(self, cell, seed):
        place = self.fresh(cell)
        signature = tomllib.loads((HERE / "signatures" / "begin.toml").read_text(encoding="utf-8"))
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
        """The parts that karat dealt, read from what it wrote down of each judgment."""
        cell = next(line for line in lines(self.results) if line["kind"] in KARAT and line["seed"] == seed)
        part_of = {judged["id"]: judged["part"] for judged in cell["evaluations"] if judged["part"] != "train"}
        parts = {"train": [], "validation": [], "test": []}
        for record in lines(self.data)[: TRAIN + VALIDATION + TEST]:
            fields = self.suite.get("fields", {})
            label = record[self.suite["label"]]
            signature = tomllib.loads((HERE / "signatures" / "begin.toml").read_text(encoding="utf-8"))
            parts[part_of.get(record["id"], "train")].append({
                "id": record["id"], "label": self.suite["label_values"][label],
                "inputs": {name: record[fields.get(name, name)] for name in signature["inputs"]},
            })
        assert [len(part) for part in parts.values()] == [TRAIN, VALIDATION, TEST], {k: len(v) for k, v in parts.items()}
        return parts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--karat", default="karat")
    parser.add_argument("--data", required=True)
    parser.add_argument("--folder", default="work")
    parser.add_argument("--server", default="http://127.0.0.1:8370")
    Experiment(parser.parse_args()).run()


if __name__ == "__main__":
    main()
