"""Both sides' winners on the records that no search and no test has seen.

    python further.py --evenhand EVENHAND --data items.dev.jsonl --folder work

After run.py, with proxy.py still there. Each seed's tuning is made again, from the replies that were kept; what it
wrote (a signature, a calibration) judges the further records by `evenhand run`, as a user would have it. DSPy's winner
is found again in the same way. Then the table.
"""

import argparse
import json
import subprocess
from pathlib import Path

from analyze import FIGURES, Case, figure, interval, lines, mcnemar, resampled, shown, with_interval
from run import DEMOS, HARVESTED, HERE, EVENHAND, Experiment

SEEDS = (0, 1, 2)
DRAWS = 2000


class Further(Experiment):
    def __init__(self, args):
        args.suite = "begin"
        super().__init__(args)
        self.rest = lines(self.data)[sum(self.plan.parts):]
        labels = self.suite["label_values"]
        self.truth = {record["id"]: labels[record["label"]] == "supported" for record in self.rest}

    def evenhand_side(self, seed):
        """What `evenhand run` says: with the winner and its threshold, with the winner alone, and untuned."""
        place = self.fresh(f"tpe-{seed}-further")
        config = (HERE / "evenhand.toml").read_text(encoding="utf-8").split("# Of our own set")[0]
        config = config.replace("http://127.0.0.1:8370", self.server).replace("CELL", f"tpe-{seed}")
        config = config.replace("signatures/", f"{HERE}/signatures/")
        (place / "evenhand.toml").write_text(config.replace("DATASET", str(self.data)), encoding="utf-8")
        instructions = str(HERE / "instructions" / "begin.txt")
        options = [instructions if option == "INSTRUCTIONS" else option for option in EVENHAND["tpe"]]
        parts = self.plan.parts
        self.ran(place, [
            "tune", "begin", "--seed", str(seed), "--limit", str(sum(parts)), "--split", ",".join(map(str, parts)),
            "--max-calls", str(self.plan.calls + 2 * parts[2]), "--harvested", str(HARVESTED), "--demos", str(DEMOS),
            *options, "--write", "winner.toml", "--write-calibration",
        ])
        rest = place / "rest.jsonl"
        rest.write_text("".join(json.dumps(record) + "\n" for record in self.rest), encoding="utf-8")
        config = config.replace("DATASET", str(rest))
        untuned = config
        if (place / "winner.toml").exists():
            config = config.replace(f"{HERE}/signatures/begin.toml", "winner.toml")
        if (place / "calibration" / "begin.json").exists():
            config += 'calibration = "calibration/begin.json"\n'
        sides = {}
        for name, text, options in (
            ("evenhand, as it is", untuned, []), ("evenhand, tuned prompt alone", config, ["--no-calibration"]),
            ("evenhand, tuned with its threshold", config, []),
        ):
            (place / "evenhand.toml").write_text(text, encoding="utf-8")
            told = self.ran(place, ["run", "begin", "--json", "--explain", "0", *options])
            judged = [line["outcome"] for line in map(json.loads, told.splitlines()) if line["type"] == "outcome"]
            said = {one["id"]: one["result"].get("scored", {}).get("label") for one in judged}
            sides[name] = self.cases({id: label == "supported" if label else None for id, label in said.items()})
        return sides

    def ran(self, place, words):
        done = subprocess.run([str(self.evenhand), *words], cwd=place, capture_output=True, text=True, check=False)
        (place / f"{words[0]}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        assert done.returncode in (0, 1), done.stderr[-2000:]
        return done.stdout

    def dspy_side(self, seed):
        found = self.dspy(f"dspy-{seed}", seed)
        return {"DSPy, tuned": self.cases(
            {id: None if verdict is None else verdict == "supported" for id, verdict in found["further"].items()})}

    def parts(self, seed):
        fields = self.suite["fields"]
        further = [{
            "id": record["id"], "label": self.suite["label_values"][record["label"]],
            "inputs": {name: record[fields.get(name, name)] for name in self.signature["inputs"]},
        } for record in self.rest]
        return {**super().parts(seed), "further": further}

    def cases(self, said):
        return [Case(id, said.get(id), truth) for id, truth in self.truth.items()]

    def run(self):
        methods = {}
        for seed in SEEDS:
            for name, cases in {**self.evenhand_side(seed), **self.dspy_side(seed)}.items():
                methods.setdefault(name, {})[seed] = cases
                print(name, seed, {what: shown(of(cases)) for what, of in FIGURES.items()}, flush=True)
        self.tell(methods)

    def tell(self, methods):
        names = list(methods)
        drawn = [dict(zip(names, draw)) for draw in resampled([methods[name] for name in names], DRAWS)]
        print(f"\n| {len(self.rest)} records | accuracy, % | κ | κ of each seed |\n|---|---|---|---|")
        for name in names:
            ends = {what: interval([figure(what, draw[name]) for draw in drawn]) for what in FIGURES}
            each = ", ".join(shown(FIGURES["kappa"](methods[name][seed])) for seed in SEEDS)
            print(f"| {name} | {with_interval(figure('accuracy', methods[name]), ends['accuracy'], 100, 1)} "
                  f"| {with_interval(figure('kappa', methods[name]), ends['kappa'])} | {each} |")
        print("\n| | accuracy, points | κ | right by the first alone : by the second alone, each seed |\n|---|---|---|---|")
        for ours in names:
            for theirs in names:
                if names.index(ours) != names.index(theirs) and theirs in ("DSPy, tuned", "evenhand, as it is"):
                    self.paired(ours, theirs, methods, drawn)

    def paired(self, ours, theirs, methods, drawn):
        cells = []
        for what, scale, digits in (("accuracy", 100, 1), ("kappa", 1, 2)):
            difference = figure(what, methods[ours]) - figure(what, methods[theirs])
            ends = interval([figure(what, draw[ours]) - figure(what, draw[theirs]) for draw in drawn])
            cells.append(with_interval(difference, ends, scale, digits))
        tests = []
        for seed in SEEDS:
            right = [{case.record: case.said == case.truth for case in methods[name][seed]} for name in (ours, theirs)]
            won = sum(right[0][id] and not right[1][id] for id in right[0])
            lost = sum(right[1][id] and not right[0][id] for id in right[0])
            tests.append(f"{won}:{lost} (p {mcnemar(won, lost):.2g})")
        print(f"| {ours} − {theirs} | {' | '.join(cells)} | {', '.join(tests)} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--evenhand", default="evenhand")
    parser.add_argument("--data", required=True)
    parser.add_argument("--folder", default="work")
    parser.add_argument("--server", default="http://127.0.0.1:8370")
    Further(parser.parse_args()).run()


if __name__ == "__main__":
    main()
