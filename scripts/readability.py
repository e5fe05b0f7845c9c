#!/usr/bin/env python3
"""How the documents read: words, median sentence length, the share of long sentences, Flesch reading ease.

    scripts/readability.py              the working tree
    scripts/readability.py REV          a commit
    scripts/readability.py REV REV      two commits side by side, as Markdown; `.` is the working tree
    scripts/readability.py --blocks     which blocks of the README and the book a test runs, and why it leaves others

What counts. Prose is what stands outside code blocks, tables, headings and comments; an item of a list and a
paragraph end a sentence, and so do `.`, `!` and `?` before a blank and a capital letter, a digit, a quote or code.
Code in backticks is one word. A word's syllables are its groups of vowels (a e i o u y), less a silent `e` at its
end, and at least one; code and numbers are left out there. Flesch reading ease (1948) is 206.835 - 1.015 x words a
sentence - 84.6 x syllables a word: higher is easier, 60 is plain English, 30 a scientific paper.
Words of tables are counted apart. Help texts are the doc comments in `src/cli` above commands and flags, and the texts
of `src/cli/help_texts.rs`, each once."""

import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["start", "guides", "reference", "why", "measured"]


def listed(revision):
    """The files of a commit, or of the working tree."""
    command = ["git", "ls-files"] if revision == "." else ["git", "ls-tree", "-r", "--name-only", revision]
    return subprocess.check_output(command, cwd=ROOT, text=True).splitlines()


def text(revision, path):
    if revision == ".":
        return (ROOT / path).read_text()
    return subprocess.check_output(["git", "show", f"{revision}:{path}"], cwd=ROOT, text=True)


def part(path):
    """The part of the book: the page's folder, or, before there were folders, the one that it stands in today."""
    names = path.split("/")
    if len(names) == 3:
        return names[1]
    today = [folder for folder in PARTS if (ROOT / "docs" / folder / names[-1]).exists()]
    return today[0] if today else "start"


def pages(revision):
    """Which texts belong together, by the name of the group."""
    groups = {"README": ["README.md"], "ARCHITECTURE": ["ARCHITECTURE.md"], "CONTRIBUTING": ["CONTRIBUTING.md"]}
    for path in listed(revision):
        if re.fullmatch(r"docs/(\w+/)?[\w-]+\.md", path) and not path.endswith("SUMMARY.md"):
            groups.setdefault(f"docs: {part(path)}", []).append(path)
    return {name: [text(revision, path) for path in paths] for name, paths in groups.items()}


def help_texts(revision):
    """The doc comments above the commands and flags, each block of lines a text, and the texts that flags share."""
    texts = []
    for path in listed(revision):
        if path.startswith("src/cli/") and path.endswith(".rs"):
            code = text(revision, path)
            if path.endswith("help_texts.rs"):
                texts += re.findall(r'const \w+: &str =\s*"(.*)";', code)
            if re.search(r"derive\([^)]*\b(Args|Parser|Subcommand|ValueEnum)\b", code):
                blocks = re.findall(r"(?:^[ ]+///.*\n)+", code, re.M)
                texts += [re.sub(r"(?m)^\s*/// ?", "", block) for block in blocks]
    return texts


def blocks(markdown):
    """The paragraphs and the items of lists, and the rows of tables, of a page."""
    markdown = re.sub(r"(?ms)^\s*```.*?^\s*```\s*?$", "\n", markdown)
    markdown = re.sub(r"(?s)<!--.*?-->", "\n", markdown)
    prose, tables, paragraph = [], [], []
    for line in [*markdown.splitlines(), ""]:
        stripped = line.strip()
        is_item = re.match(r"([-*]|\d+\.)\s", stripped)
        if not stripped or is_item or stripped.startswith(("#", "|")):
            prose.append(" ".join(paragraph))
            paragraph = []
        if stripped.startswith("|"):
            tables.append(stripped.replace("|", " "))
        elif stripped and not stripped.startswith("#"):
            paragraph.append(re.sub(r"^([-*]|\d+\.)\s+", "", stripped))
    return [block for block in prose if block], tables


def plain(markdown):
    """Without marks: a link is its words, code is one word."""
    markdown = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown)
    markdown = re.sub(r"``.+?``|`[^`]+`", "Code", markdown)
    markdown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[*_]{1,2}(\S[^*_]*)[*_]{1,2}", r"\1", markdown)


def words(sentence):
    return re.findall(r"[A-Za-z0-9À-ɏͰ-Ͽ][\w'’.,-]*", sentence)


def sentences(block):
    parts = re.split(r"(?<=[.!?])[\")’”]*\s+(?=[\"“(]?[A-Z0-9])", plain(block))
    return [counted for counted in (words(sentence) for sentence in parts) if counted]


def syllables(word):
    """A word's syllables; none of code and numbers."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    if not letters or word == "Code" or re.match(r"\d", word):
        return None
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith("le") and groups > 1
    return max(1, groups - silent)


def measured(texts):
    """The figures of a group of texts."""
    prose, tables = zip(*(blocks(text) for text in texts)) if texts else ((), ())
    found = [sentence for page in prose for block in page for sentence in sentences(block)]
    count = sum(map(len, found))
    if not count:
        return None
    sounds = [sound for sentence in found for word in sentence if (sound := syllables(word))]
    return {
        "words": count,
        "in tables": sum(len(words(plain(row))) for page in tables for row in page),
        "median sentence": statistics.median(map(len, found)),
        "over 25 words": sum(len(sentence) > 25 for sentence in found) / len(found),
        "Flesch": 206.835 - 1.015 * count / len(found) - 84.6 * statistics.fmean(sounds),
    }


def figures(revision):
    groups = pages(revision)
    everything = [text for name, texts in groups.items() if name.startswith("docs") for text in texts]
    order = ["README", *(f"docs: {name}" for name in PARTS), "ARCHITECTURE", "CONTRIBUTING"]
    rows = {name: measured(groups.get(name, [])) for name in order}
    rows["docs, all"] = measured(everything)
    rows["help texts"] = measured(help_texts(revision))
    return rows


def shown(row):
    if row is None:
        return ["", "", "", "", ""]
    return [
        f"{row['words']:,}",
        f"{row['in tables']:,}",
        f"{row['median sentence']:g}",
        f"{100 * row['over 25 words']:.0f} %",
        f"{row['Flesch']:.0f}",
    ]


def shown_blocks():
    """How many blocks the test of the documents runs, parses, or leaves, and its reasons (`tests/doc_commands.rs`)."""
    counts = Counter()
    for path in ["README.md", *(path for path in listed(".") if path.startswith("docs/") and path.endswith(".md"))]:
        page, comment, fenced = text(".", path), "", False
        for line in page.splitlines():
            fence = re.match(r"\s*```(\w*)", line)
            if fence and not fenced:
                counts[kind(fence.group(1), comment)] += 1
            counts["console commands, run and compared"] += bool(fenced == "console" and line.startswith("$ "))
            if fence:
                fenced = False if fenced else fence.group(1) or "text"
            if not fenced and line.strip():
                comment = line
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        print(f"| {name} | {count} |")


def kind(language, comment):
    if language in ("", "text"):
        reason = re.match(r"<!-- not run: (.*?)[;.]? *(the figures.*)?-->", comment)
        return f"not run: {reason.group(1).strip() if reason else 'no reason'}"
    return {"console": "console blocks", "sh": "sh blocks, their commands parsed"}.get(language, f"no command or output: {language}")


def main():
    if sys.argv[1:] == ["--blocks"]:
        print("| blocks | count |\n|---|---|")
        return shown_blocks()
    revisions = sys.argv[1:] or ["."]
    results = [figures(revision) for revision in revisions]
    heads = ["words", "in tables", "median sentence", "over 25 words", "Flesch"]
    print("| part | " + " | ".join(heads) + " |")
    print("|---|" + "---|" * len(heads))
    for name in results[0]:
        columns = zip(*(shown(result[name]) for result in results))
        cells = [" → ".join(value or "none" for value in values) for values in columns]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
