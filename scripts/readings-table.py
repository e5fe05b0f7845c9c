#!/usr/bin/env python3
"""The table of readings: what averaging the orders of the answers, batch calibration, both, and a correction fitted to
labels change about a judge, on the same records.

It runs `evenhand run` and `evenhand calibrate` in a folder with an evenhand.toml, and reads the runs' journals:

    scripts/readings-table.py --command target/release/evenhand --config docs/measured/small-judges/evenhand.toml \\
        --model fast --suites begin,llmbar,rubric --limit 100 --orders cyclic

Differences are to the plain reading, over the same records, with 95 % intervals by a paired bootstrap. A run that is
there already, under --work, is not made again.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
from pathlib import Path

RESAMPLES = 2000


def run(command, folder, arguments):
    """Runs the command, and gives the folder of its run."""
    done = folder / "done"
    if not done.exists():
        before = {path.name for path in (folder / "runs").glob("*")} if folder.exists() else set()
        ended = subprocess.run(command + arguments + ["--state-dir", str(folder)], capture_output=True, text=True)
        if ended.returncode not in (0, 1):
            sys.exit(f"{' '.join(arguments)}: {ended.stderr[-2000:]}")
        new = [path for path in (folder / "runs").glob("*") if path.name not in before]
        done.write_text(str(max(new)))
    return Path(done.read_text())


def outcomes(run_folder):
    lines = (json.loads(line) for line in (run_folder / "journal.jsonl").read_text().splitlines() if line)
    return {line["id"]: line for line in lines if "scored" in line["result"] and line.get("expected")}


def shares(line):
    return dict(line["result"]["scored"].get("distribution", []))


def batch_mean(lines):
    """The mean share of each verdict, as `evenhand calibrate --batch` takes it."""
    labels = list(shares(next(iter(lines.values()))))
    return {label: statistics.fmean(shares(line)[label] for line in lines.values()) for label in labels}


def corrected(line, mean, values):
    """Verdict and score with the valued shares divided by their mean: batch calibration."""
    own = {label: share / max(mean[label], 1e-6) if values.get(label) is not None else 0.0
           for label, share in shares(line).items()}
    total = sum(own.values())
    score = sum(share / total * values[label] for label, share in own.items() if share)
    return max(own, key=own.get), score


def worth_of(lines):
    """What each verdict is worth: 0 to 1 in the order of a numeric scale, or as the labels of the records say."""
    labels = list(shares(next(iter(lines.values()))))
    if all(label.lstrip("-").isdigit() for label in labels):
        numbers = sorted(map(int, labels))
        return {str(number): (number - numbers[0]) / (numbers[-1] - numbers[0]) for number in numbers}
    known = {line["expected"]["label"]: line["expected"]["value"] for line in lines.values()}
    return {label: known.get(label, 0.5 if label == "tie" else None) for label in labels}


def said(lines, mean=None):
    """Of each record, whether the verdict is right, the score, and what the label is worth."""
    values = worth_of(lines)
    rows = {}
    for name, line in lines.items():
        scored, truth = line["result"]["scored"], line["expected"]
        label, score = (scored["label"], scored.get("value")) if mean is None else corrected(line, mean, values)
        rows[name] = (label == truth["label"], 0.5 if score is None else score, truth["value"])
    return rows


def accuracy(rows):
    return statistics.fmean(right for right, _, _ in rows)


def ordered(rows):
    """The share of pairs with different labels that the scores order rightly; ties count half."""
    rows = [row for row in rows if row[2] is not None]
    pairs = won = 0
    for at, (_, one, truth) in enumerate(rows):
        for _, other, others in rows[:at]:
            if truth != others:
                pairs += 1
                won += 0.5 if one == other else (one > other) == (truth > others)
    return won / pairs if pairs else math.nan


def gain(figure, plain, other, seed=1):
    """The difference of a figure, with its interval."""
    names = sorted(set(plain) & set(other))
    draw = random.Random(seed)
    found = []
    for _ in range(RESAMPLES if figure is accuracy else RESAMPLES // 10):
        some = [draw.choice(names) for _ in names]
        found.append(figure([other[name] for name in some]) - figure([plain[name] for name in some]))
    found = sorted(value for value in found if not math.isnan(value))
    low, high = found[int(0.025 * len(found))], found[int(0.975 * len(found)) - 1]
    middle = figure([other[name] for name in names]) - figure([plain[name] for name in names])
    return f"{100 * middle:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def row(name, rows, plain, calls, seconds):
    known = list(rows.values())
    figures = f"{100 * accuracy(known):.1f} % | {ordered(known):.2f}"
    gains = "| |" if rows is plain else f"| {gain(accuracy, plain, rows)} | {gain(ordered, plain, rows)}"
    print(f"| {name} | {len(known)} | {figures} {gains} | {calls} | {seconds} |", flush=True)


def cost(lines):
    calls = sum(len(line["attempts"]) for line in lines.values()) / len(lines)
    return f"{calls:.0f}", f"{statistics.median(line['elapsed_ms'] for line in lines.values()) / 1000:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", default="evenhand")
    parser.add_argument("--config", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--suites", required=True, help="names, separated by commas")
    parser.add_argument("--orders", default="cyclic")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--filter", action="append", default=[])
    parser.add_argument("--models-dir")
    parser.add_argument("--work", default="readings")
    given = parser.parse_args()
    command = [given.command]
    shared = ["--config", str(Path(given.config).resolve())]
    shared += ["--models-dir", given.models_dir] if given.models_dir else []
    print("| reading | n | accuracy | ordered | accuracy, to plain | ordered, to plain | calls | s |")
    print("|---|---|---|---|---|---|---|---|")
    for suite in given.suites.split(","):
        judged = ["run", suite, "--model", given.model, "--reading", "weighted", "--limit", str(given.limit), "--json"]
        judged += [word for filter in given.filter for word in ("--filter", filter)] + shared
        folder = Path(given.work).resolve() / f"{suite}-{given.model}"
        plain_run = run(command, folder / "plain", judged)
        orders_run = run(command, folder / given.orders, judged + ["--orders", given.orders])
        plain, averaged = outcomes(plain_run), outcomes(orders_run)
        both = set(plain) & set(averaged)
        plain, averaged = ({name: lines[name] for name in both} for lines in (plain, averaged))
        base = said(plain)
        name = f"{suite}, {given.model}"
        row(f"{name}, plain", base, base, *cost(plain))
        row(f"{name}, {given.orders} orders", said(averaged), base, *cost(averaged))
        row(f"{name}, batch", said(plain, batch_mean(plain)), base, *cost(plain))
        row(f"{name}, both", said(averaged, batch_mean(averaged)), base, *cost(averaged))
        fit = ["calibrate", suite, "--from", str(plain_run), "--model", given.model, "--reading", "weighted", "--json"]
        ended = subprocess.run(command + fit + shared + ["--state-dir", str(folder / "plain")],
                               capture_output=True, text=True)
        pages = [json.loads(line)["page"] for line in ended.stdout.splitlines() if line.startswith("{")]
        fitted = pages[0].get("maps", {}) if pages else {}
        fitted = fitted.get("value", fitted)
        if "adjusted" in fitted:
            figures, gains = fitted["adjusted"]["figures"], fitted["adjusted"]["gains"]
            right = 100 * figures["accuracy"]["successes"] / figures["accuracy"]["n"]
            print(f"| {name}, fitted to labels ({fitted['decision']}) | {figures['n']} | {right:.1f} % "
                  f"| {figures['rank_auc']:.2f} | {told(gains['accuracy'])} | | {cost(plain)[0]} | {cost(plain)[1]} |")
        else:
            print(f"| {name}, fitted to labels: {ended.stderr.strip()[-120:]} | | | | | | | |")


def told(gain):
    low, high = gain["interval"]["low"], gain["interval"]["high"]
    return f"{100 * gain['value']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"

main()
