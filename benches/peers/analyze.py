"""The table of the comparison, from what run.py and proxy.py wrote.

    python analyze.py --suite begin --data items.dev.jsonl --folder work

Figures of a method are means over its seeds. Their intervals are percentiles of a bootstrap over records: a record
that is in the test parts of several seeds is drawn with all of them. So they tell how far the figures hang on the
records that were drawn, for the searches that were made; how far searches differ shows in the figures of each seed.
"""

import argparse
import json
import random
import tomllib
from collections import defaultdict
from math import comb
from pathlib import Path

HERE = Path(__file__).resolve().parent
DRAWS = 2000
NAMES = {
    "evenhand zero-shot": "evenhand, zero-shot",
    "evenhand zero-shot placed": "evenhand, zero-shot, threshold placed",
    "evenhand random-search": "evenhand, random-search",
    "evenhand random-search placed": "evenhand, random-search, threshold placed",
    "evenhand tpe": "evenhand, tpe by rank",
    "evenhand tpe placed": "evenhand, tpe by rank, threshold placed",
    "evenhand instructions": "evenhand, tpe by rank, instructions alone",
    "evenhand instructions placed": "evenhand, tpe by rank, instructions alone, threshold placed",
    "evenhand labelled": "evenhand, labelled by rank",
    "evenhand labelled placed": "evenhand, labelled by rank, threshold placed",
    "evenhand knn": "evenhand, knn by rank",
    "evenhand knn placed": "evenhand, knn by rank, threshold placed",
    "DSPy zero-shot": "DSPy, zero-shot",
    "DSPy": "DSPy, BootstrapFewShotWithRandomSearch",
}


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class Case:
    """A judgment of a test record: said, truth, score where there is one."""

    def __init__(self, record, said, truth, score=None):
        self.record, self.said, self.truth, self.score = record, said, truth, score


def accuracy(cases):
    return sum(case.said == case.truth for case in cases) / len(cases) if cases else None


def kappa(cases):
    """Cohen's; no verdict at all counts as the wrong one."""
    n = len(cases)
    if not n:
        return None
    said = [case.said if case.said is not None else not case.truth for case in cases]
    truth = [case.truth for case in cases]
    observed = sum(a == b for a, b in zip(said, truth)) / n
    p, q = sum(said) / n, sum(truth) / n
    expected = p * q + (1 - p) * (1 - q)
    return (observed - expected) / (1 - expected) if expected < 1 else None


def auc(cases):
    passed = [case.score for case in cases if case.truth and case.score is not None]
    failed = [case.score for case in cases if not case.truth and case.score is not None]
    if not passed or not failed:
        return None
    wins = sum((a > b) + 0.5 * (a == b) for a in passed for b in failed)
    return wins / len(passed) / len(failed)


FIGURES = {"accuracy": accuracy, "kappa": kappa, "auc": auc}


def threshold(cases):
    """The score from which on "pass" has the highest kappa; in the middle of a tie's widest gap."""
    scored = sorted(case.score for case in cases if case.score is not None)
    cuts = [(a + b) / 2 for a, b in zip(scored, scored[1:]) if a < b]

    def worth(cut):
        return kappa([Case(c.record, c.score >= cut, c.truth) for c in cases if c.score is not None]) or 0.0

    best = max(map(worth, cuts))
    ties = [cut for cut in cuts if worth(cut) == best]
    return ties[len(ties) // 2]


def placed(cases, cut):
    return [Case(c.record, None if c.score is None else c.score >= cut, c.truth, c.score) for c in cases]


def mean(values):
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def figure(name, by_seed):
    return mean([FIGURES[name](cases) for cases in by_seed.values()])


def resampled(methods, draws, seed=1):
    """Draws of all methods on the same records."""
    records = sorted({case.record for by_seed in methods for cases in by_seed.values() for case in cases})
    chance = random.Random(seed)
    for _ in range(draws):
        times = defaultdict(int)
        for record in chance.choices(records, k=len(records)):
            times[record] += 1
        yield [{seed: [case for case in cases for _ in range(times[case.record])] for seed, cases in by_seed.items()}
               for by_seed in methods]


def interval(values):
    known = sorted(value for value in values if value is not None)
    if len(known) < DRAWS / 2:
        return None
    return known[int(0.025 * len(known))], known[int(0.975 * len(known)) - 1]


def mcnemar(b, c):
    """Exact, two-sided."""
    n = b + c
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n) if n else 1.0


def shown(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def with_interval(value, ends, scale=1, digits=2):
    if value is None:
        return "–"
    text = shown(value * scale, digits)
    return text if ends is None else f"{text} ({shown(ends[0] * scale, digits)} to {shown(ends[1] * scale, digits)})"


class Comparison:
    def __init__(self, suite, data, folder):
        suite = tomllib.loads((HERE / "evenhand.toml").read_text(encoding="utf-8"))["suites"][suite]
        signature = tomllib.loads((HERE / suite["signature"]).read_text(encoding="utf-8"))
        self.good = next(label for label, value in signature["score"]["labels"].items() if value == 1)
        verdict = suite.get("label_values", {})
        self.truth = {}
        for record in lines(data):
            label = record[suite["label"]]
            self.truth[record["id"]] = verdict.get(label, label) == self.good
        self.cells = lines(folder / "results.jsonl")
        self.methods = defaultdict(dict)
        self.searches = defaultdict(dict)
        self.notes = []
        for cell in self.cells:
            (self.take_dspy if cell["kind"] == "dspy" else self.take_evenhand)(cell)
        self.spent = self.tokens(folder / "calls.jsonl")

    def take_dspy(self, cell):
        for name, part in (("DSPy zero-shot", "zero"), ("DSPy", "test")):
            said = {id: None if verdict is None else verdict == self.good for id, verdict in cell[part].items()}
            self.methods[name][cell["seed"]] = [Case(id, said[id], self.truth[id]) for id in said]
        tried = sorted(cell["tried"], key=lambda tried: tried["seed"])
        validation = mean([self.truth[id] == (verdict == self.good) for id, verdict in cell["validation"].items()])
        self.notes.append(
            f"dspy-{cell['seed']}: programs on validation " + ", ".join(f"{t['score']:.1f} ({t['demos']})" for t in tried)
            + f"; winner {100 * validation:.1f} %, {cell['demos']} demos")

    def take_evenhand(self, cell):
        best = cell["result"]["best"]
        parts = defaultdict(list)
        for judged in cell["evaluations"]:
            verdict = (judged["given"] or {}).get("verdict") if isinstance(judged["given"], dict) else None
            said = None if verdict is None else verdict["label"] == self.good
            score = None if verdict is None else verdict["value"]
            parts[judged["candidate"], judged["part"]].append(Case(judged["id"], said, self.truth[judged["id"]], score))
        if (best, "test") not in parts:
            best = 0
        for name, place in (("evenhand zero-shot", 0), (f"evenhand {cell['kind']}", best)):
            self.methods[name][cell["seed"]] = parts[place, "test"]
            cut = threshold(parts[place, "validation"])
            self.methods[f"{name} placed"][cell["seed"]] = placed(parts[place, "test"], cut)
        entered = [line["entered"] for line in cell["candidates"] if "entered" in line]
        finished = [line for line in cell["candidates"] if "finished" in line]
        shape = entered[best]
        demos = len(shape["demos"]["fixed"]) if isinstance(shape["demos"], dict) and "fixed" in shape["demos"] else 0
        self.notes.append(
            f"{cell['cell']}: {len(entered) - 1} candidates, {len(finished)} finished; baseline validation kappa "
            f"{kappa(parts[0, 'validation']):.2f}; winner: {shape['origin']}, {demos} demos, "
            f"{kappa(parts[best, 'validation']):.2f}, its AUC there {auc(parts[best, 'validation']):.2f}")

    def tokens(self, path):
        """Calls and prompt tokens of each cell: a request once, whoever asked it before."""
        searched = {cell["cell"]: cell["result"]["calls"] for cell in self.cells if "result" in cell}
        spent, seen = defaultdict(lambda: [0, 0, 0]), set()
        for call in lines(path):
            key = call["cell"], call["key"]
            if call["status"] != 200 or key in seen:
                continue
            seen.add(key)
            cell = call["cell"]
            if cell in searched:  # evenhand asks with one address; the test comes last
                cell += ".search" if spent[f"{cell}.search"][0] < searched[cell] else ".test"
            sums = spent[cell]
            sums[0] += 1
            sums[1] += call["prompt_tokens"]
            sums[2] += call["answer_tokens"]
        return spent

    def table(self):
        rows = [name for name in NAMES if self.methods.get(name)]
        draws = {name: defaultdict(list) for name in rows}
        for drawn in resampled([self.methods[name] for name in rows], DRAWS):
            for name, by_seed in zip(rows, drawn):
                for measure in FIGURES:
                    draws[name][measure].append(figure(measure, by_seed))
        print("| | seeds | accuracy, % | κ | AUC | κ of each seed |")
        print("|---|---|---|---|---|---|")
        for name in rows:
            by_seed = self.methods[name]
            ends = {measure: interval(draws[name][measure]) for measure in FIGURES}
            each = ", ".join(shown(kappa(by_seed[seed])) for seed in sorted(by_seed))
            print(f"| {NAMES[name]} | {len(by_seed)} "
                  f"| {with_interval(figure('accuracy', by_seed), ends['accuracy'], 100, 1)} "
                  f"| {with_interval(figure('kappa', by_seed), ends['kappa'])} "
                  f"| {with_interval(figure('auc', by_seed), ends['auc'])} | {each} |")

    def paired(self, ours, theirs):
        seeds = sorted(set(self.methods[ours]) & set(self.methods[theirs]))
        if not seeds:
            return
        pair = [{seed: self.methods[name][seed] for seed in seeds} for name in (ours, theirs)]
        drawn = list(resampled(pair, DRAWS))
        cells = []
        for measure in ("accuracy", "kappa"):
            difference = figure(measure, pair[0]) - figure(measure, pair[1])
            ends = interval([None if None in (a, b) else a - b
                             for a, b in ((figure(measure, a), figure(measure, b)) for a, b in drawn)])
            cells.append(with_interval(difference, ends, *((100, 1) if measure == "accuracy" else (1, 2))))
        tests = []
        for seed in seeds:
            right = [{case.record: case.said == case.truth for case in by_seed[seed]} for by_seed in pair]
            won = sum(right[0][id] and not right[1][id] for id in right[0])
            lost = sum(right[1][id] and not right[0][id] for id in right[0])
            tests.append(f"{won}:{lost} (p {mcnemar(won, lost):.2g})")
        print(f"| {NAMES[ours]} − {NAMES[theirs]} | {len(seeds)} | {cells[0]} | {cells[1]} | {', '.join(tests)} |")

    def print(self):
        self.table()
        print("\n| | seeds | accuracy, points | κ | right by the first alone : by the second alone, each seed (exact McNemar) |")
        print("|---|---|---|---|---|")
        for ours in ("evenhand random-search", "evenhand random-search placed", "evenhand tpe", "evenhand tpe placed",
                     "evenhand instructions", "evenhand instructions placed", "evenhand labelled placed", "evenhand knn placed",
                     "evenhand zero-shot placed"):
            self.paired(ours, "DSPy")
        self.paired("DSPy", "DSPy zero-shot")
        self.paired("evenhand random-search", "evenhand zero-shot")
        self.paired("evenhand random-search placed", "evenhand zero-shot placed")
        self.paired("evenhand tpe placed", "evenhand zero-shot placed")
        self.paired("evenhand instructions placed", "evenhand zero-shot placed")
        self.paired("evenhand zero-shot placed", "evenhand zero-shot")
        print("\n| cell | calls | prompt tokens | answer tokens |\n|---|---|---|---|")
        for cell, (calls, prompt, answer) in sorted(self.spent.items()):
            print(f"| {cell} | {calls} | {prompt:,} | {answer:,} |")
        print()
        print("\n".join(self.notes))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", default="begin")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folder", type=Path, default=Path("work"))
    args = parser.parse_args()
    Comparison(args.suite, args.data, args.folder).print()


if __name__ == "__main__":
    main()
