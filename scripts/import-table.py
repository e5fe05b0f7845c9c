#!/usr/bin/env python3
"""How many promptfoo configurations of a folder import whole, and what keeps the others from it.

    scripts/import-table.py FOLDER [--glob '**/promptfooconfig*.yaml'] [--take 40] [--binary target/debug/evenhand]

It takes every file of the pattern below FOLDER, in the order of the paths, but those that are not about text (a
word of OTHER in the path) and those for red teaming (a key `redteam`). With --take N it takes N of these, evenly spaced:
number i * count // N for i from 0. Each is imported into an empty folder. Prints Markdown.
"""

import argparse
import collections
import math
import pathlib
import re
import subprocess
import tempfile

OTHER = re.compile(
    r"redteam|image|imagen|vision|audio|video|dalle|sonic|realtime|live|multi-?modal|embedding|moderation"
    r"|harmbench|cyberseceval|beavertails|browser|donotanswer|xstest"
)

# What a message says, as a row of the table: the first that fits.
ROWS = [
    (r"`redteam`", "key `redteam`"),
    (r"huggingface://|google.com/spreadsheets", "tests that a program makes or a server holds"),
    (r"provider `(?:file://|python:|exec:|https?|ws)", "provider: a program or server in a form that is not carried over"),
    (r"^provider `([a-z0-9-]+)", r"provider: {0}"),
    (r"`config\.([\w.]+)` of provider", r"setting of a model: `{0}`"),
    (r"transform` of (?:what|provider|every)", "outputs: `transform` of a model's answers, or in a file"),
    (r"`(?:contextT|t)ransform` of `", "assertion: `transform`"),
    (r"`options\.(\w+)`", r"test: `options.{0}`"),
    (r"the program ", "assertion: a program in a file"),
    (r"`javascript`", "assertion: `javascript`"),
    (r"`(\w+)` of `llm-rubric`", r"assertion: `{0}` of `llm-rubric`"),
    (r"`[\w-]+` of `python`|`python` has", "assertion: `python`"),
    (r"the grader|provider", "grader"),
    (r"assertion \d+: `(?:not-)?([\w-]+)` has no equivalent", r"assertion: `{0}`"),
    (r"huggingface://|google.com/spreadsheets|generator of tests|tests of ", "tests that a program makes or a server holds"),
    (r"^test \d+: `(\w+)` has no equivalent", r"test: `{0}`"),
    (r"^`(\w+)` has no equivalent", r"key `{0}`"),
    (r"only while promptfoo runs|from the environment", "variables that only a run knows"),
    (r"template cannot be filled in", "a template that is not understood"),
    (r"which is no text", "variables that a program makes, or that are no text"),
    (r"is a program, or a file", "prompts that a program makes"),
]


def row(message: str) -> str:
    """The row that a line of the importer's belongs to."""
    whole = re.sub(r"^\S+?(?::\d+)?: ", "", message)
    bare = re.sub(r"^(?:(?:test|prompt|provider|assertion|defaultTest|tests|scenario)[ \d,]*(?:assertion \d+)?: )+", "", whole)
    for pattern, name in ROWS:
        for text in (bare, whole):
            found = re.search(pattern, text)
            if found:
                return name.format(*found.groups())
    return bare[:80]


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.959964, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--glob", default="**/promptfooconfig*.yaml")
    arguments.add_argument("--take", type=int)
    arguments.add_argument("--binary", type=pathlib.Path, default=pathlib.Path("target/debug/evenhand"))
    given = arguments.parse_args()
    binary = given.binary.resolve()

    files = sorted(given.folder.glob(given.glob), key=lambda path: path.as_posix())
    names = [path.relative_to(given.folder).as_posix() for path in files]
    is_red = {name for name in names if re.search(r"^redteam:", (given.folder / name).read_text(), re.M)}
    left = [name for name in names if not OTHER.search(name.lower()) and name not in is_red]
    taken = [left[at * len(left) // given.take] for at in range(given.take)] if given.take else left

    whole, rows, lists = [], collections.defaultdict(set), []
    for name in taken:
        path = given.folder / name
        with tempfile.TemporaryDirectory() as out:
            words = [binary, "import", "promptfoo", path.name, "--to", f"{out}/project"]
            ran = subprocess.run(words, cwd=path.parent, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            whole.append(name)
            lists.append((name, "whole"))
            continue
        lines = [line.strip() for line in ran.stderr.splitlines() if line.startswith("  ")] or [ran.stderr.strip()]
        found = sorted({row(line) for line in lines})
        for one in found:
            rows[one].add(name)
        lists.append((name, "; ".join(found)))

    low, high = wilson(len(whole), len(taken))
    print(f"{len(files)} configurations, {len(left)} of them about text and not for red teaming, {len(taken)} taken.\n")
    print(f"Whole: {len(whole)} of {len(taken)} ({100 * len(whole) / len(taken):.0f} %, 95 % {100 * low:.0f} to {100 * high:.0f} %).\n")
    print("| not carried over | configurations |\n|---|---|")
    for name, of in sorted(rows.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"| {name} | {len(of)} |")
    print("\n| configuration | imports |\n|---|---|")
    for name, what in lists:
        print(f"| `{name}` | {what} |")


main()
