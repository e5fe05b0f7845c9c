#!/usr/bin/env python3
"""How often a check against a golden file fails: false alarms and found losses, by the command itself and, beside it, by
a simulation in plain Python.

Nine of ten records pass. A check sees each record's pass or fail rightly but for its flips, when it is locked and when
it is checked; the outputs lose so many points in between. `--policy strict` takes a judge instead, which is locked with repeats and
confirms what got worse: a server in this script answers for it.

    scripts/gate-table.py --command target/release/evenhand --trials 200 [--policy strict] [--sizes 100] [--flips 0.136]
    scripts/gate-table.py --simulate --trials 20000 [--policy strict]
"""

import argparse
import asyncio
import functools
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from math import comb
from pathlib import Path

SIZES, LOSSES, FLIPS = (12, 30, 100, 300), (0.0, 0.08, 0.16), (0.05, 0.136)
PASS_RATE, ALPHA = 0.9, 0.05
CONFIG = """
[suites.table]
dataset = "table.jsonl"
golden = { watch = "subject" }

[suites.table.checks.holds]
kind = "regex"
pattern = "holds"
"""

STRICT_CONFIG = """
[models.judge]
model = "openai/mock"
base_url = "http://127.0.0.1:{port}/v1"
temperature = 1.0
concurrency = 32

[suites.table]
signature = "holds"
model = "judge"
dataset = "table.jsonl"
output = "text"
golden = {{ watch = "subject", policy = "strict", flip_rate = {flips} }}
"""
SIGNATURE = """
instruction = "Say whether the text holds."

[inputs.text]
description = "The text."

[outputs.verdict]
description = "The verdict."
choices = ["yes", "no"]

[score]
field = "verdict"
labels = { yes = 1, no = 0 }
"""


def drawn(rng, n, loss):
    """Whether each record passes in truth, before and after."""
    before = [rng.random() < PASS_RATE for _ in range(n)]
    after = [passes and rng.random() >= loss / PASS_RATE for passes in before]
    return before, after


def seen(rng, truth, flips):
    return [passes != (rng.random() < flips) for passes in truth]


def mid_p(lower, higher):
    """McNemar's one-sided mid-p of "no worse"."""
    changed = lower + higher
    if changed == 0:
        return 1.0
    chance = [comb(changed, k) / 2**changed for k in range(changed + 1)]
    return sum(chance[:higher]) + chance[higher] / 2


def is_red_by_hand(before, after):
    lower = sum(was and not now for was, now in zip(before, after))
    higher = sum(now and not was for was, now in zip(before, after))
    return mid_p(lower, higher) <= ALPHA


def majority_error(flips, votes):
    return sum(comb(votes, k) * flips**k * (1 - flips) ** (votes - k) for k in range(votes // 2 + 1, votes + 1))


def strict_plan(flips, n):
    """The repeats of a lock and the draws of a confirmation that hold 5 % for a whole suite."""
    share = 1 - 0.95 ** (1 / n)
    odd = range(1, 52, 2)
    repeats = next(k for k in odd if majority_error(flips, k) * (1 - flips) <= share)
    draws = next(k for k in odd if flips * majority_error(flips, k) <= share)
    return repeats, draws


def is_red_strictly(rng, n, loss, flips):
    repeats, draws = strict_plan(flips, n)
    for was, now in zip(*drawn(rng, n, loss)):
        says = lambda passes: passes != (rng.random() < flips)
        locked = sum(says(was) for _ in range(repeats)) * 2 > repeats
        if locked and not says(now) and sum(not says(now) for _ in range(draws)) * 2 > draws:
            return True
    return False


def simulated(args, n, loss, flips):
    rng = random.Random(f"{args.seed} {n} {loss} {flips}")
    red = 0
    for _ in range(args.trials):
        if args.policy == "strict":
            red += is_red_strictly(rng, n, loss, flips)
        else:
            before, after = drawn(rng, n, loss)
            red += is_red_by_hand(seen(rng, before, flips), seen(rng, after, flips))
    return 100 * red / args.trials


def trial(args, n, loss, flips, number):
    rng = random.Random(f"{args.seed} {n} {loss} {flips} {number}")
    before, after = drawn(rng, n, loss)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "evenhand.toml").write_text(CONFIG)

        def judged(truth, *words):
            said = seen(rng, truth, flips)
            lines = ({"id": f"r{at:04}", "artifact": "holds" if one else "fails"} for at, one in enumerate(said))
            (folder / "table.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
            run = subprocess.run([args.command, *words], cwd=folder, capture_output=True, text=True, env={"EVENHAND_UPDATE": "no"} if words[0] == "check" else {})
            return run

        locked = judged(before, "golden", "lock", "table")
        assert locked.returncode == 0, locked.stderr
        checked = judged(after, "check", "table")
        assert checked.returncode in (0, 1), checked.stdout + checked.stderr
        return checked.returncode == 1


class FlippingJudge(asyncio.Protocol):
    """A chat completion by a judge that is right but for its flips."""

    flips, rng = 0.0, random.Random()

    def connection_made(self, transport):
        self.transport, self.bytes = transport, b""

    def data_received(self, data):
        self.bytes += data
        while (end := self.bytes.find(b"\r\n\r\n") + 4) > 3:
            length = int(re.search(rb"(?i)content-length: *(\d+)", self.bytes[:end])[1])
            if len(self.bytes) < end + length:
                return
            asked, self.bytes = json.loads(self.bytes[end : end + length]), self.bytes[end + length :]
            self.answer("item holds" in asked["messages"][-1]["content"])

    def answer(self, holds):
        verdict = "yes" if holds != (self.rng.random() < self.flips) else "no"
        answer = {"role": "assistant", "content": json.dumps({"verdict": verdict})}
        body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": answer}]})
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.transport.write((head + body).encode())


def served(flips, seed):
    """The port of a judge with these flips, which answers until the script ends."""
    FlippingJudge.flips, FlippingJudge.rng = flips, random.Random(f"{seed} {flips}")
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(FlippingJudge, "127.0.0.1", 0))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return server.sockets[0].getsockname()[1]


def strict_trial(args, n, loss, flips, number, port):
    before, after = drawn(random.Random(f"{args.seed} {n} {loss} {flips} {number}"), n, loss)
    repeats, _ = strict_plan(flips, n)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "signatures").mkdir()
        (folder / "signatures" / "holds.toml").write_text(SIGNATURE)
        (folder / "evenhand.toml").write_text(STRICT_CONFIG.format(port=port, flips=flips))

        def judged(truth, *words):
            texts = ("item holds" if passes else "item fails" for passes in truth)
            lines = (json.dumps({"id": f"r{at:04}", "text": f"{at}: {text}"}) + "\n" for at, text in enumerate(texts))
            (folder / "table.jsonl").write_text("".join(lines))
            return subprocess.run([args.command, *words, "--refresh"], cwd=folder, capture_output=True, text=True, env={"EVENHAND_UPDATE": "no"} if words[0] == "check" else {})

        locked = judged(before, "golden", "lock", "table", "--repeats", str(repeats))
        assert locked.returncode == 0, locked.stderr
        checked = judged(after, "check", "table")
        assert checked.returncode in (0, 1), checked.stdout + checked.stderr
        return checked.returncode == 1


def commanded(args, n, loss, flips):
    one = trial
    if args.policy == "strict":
        one = functools.partial(strict_trial, port=served(flips, args.seed))
    with ThreadPoolExecutor(2) as pool:
        red = sum(pool.map(lambda number: one(args, n, loss, flips, number), range(args.trials)))
    return 100 * red / args.trials


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", help="the evenhand command; it must be built")
    parser.add_argument("--simulate", action="store_true", help="plain Python, no command")
    parser.add_argument("--policy", choices=["both", "strict"], default="both")
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", default="1", help="another one draws other trials")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--flips", type=float, nargs="+", default=FLIPS)
    parser.add_argument("--losses", type=float, nargs="+", default=LOSSES)
    args = parser.parse_args()
    if bool(args.command) == args.simulate:
        parser.error("name --command, or --simulate")
    args.command = args.command and str(Path(args.command).resolve())
    share = simulated if args.simulate else commanded
    print("| flips | records | " + " | ".join(f"loss of {100 * loss:.0f} points" for loss in args.losses) + " |")
    print("|---" * (2 + len(args.losses)) + "|")
    for flips in args.flips:
        for n in args.sizes:
            cells = [f"{share(args, n, loss, flips):.1f}" for loss in args.losses]
            print(f"| {100 * flips:g} % | {n} | " + " | ".join(cells) + " |")
            sys.stdout.flush()


main()
