#!/usr/bin/env python3
"""The structure of src in figures: lines of code by layer, files, cycles, public items, the largest files, and type
names that are defined more than once. Run it in a checkout: scripts/structure.py"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.setrecursionlimit(10_000)
USE = re.compile(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")


def code(path):
    """A file's code without comments and without its unit tests."""
    text = re.sub(r"//[^\n]*", "", path.read_text())
    return text.split("#[cfg(test)]\nmod tests {")[0]


def lines(text):
    return sum(1 for line in text.splitlines() if line.strip())


def listed(used):
    """The names of a use: a::{b, c::{d}} is a::b and a::c::d."""
    used = used.strip()
    head, brace, rest = used.partition("{")
    if not brace:
        return [re.sub(r"\s+as\s+\w+", "", used)]
    names, depth, part = [], 0, ""
    for char in rest.rsplit("}", 1)[0] + ",":
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            names += [head + name for name in listed(part)] if part.strip() else []
            part = ""
        else:
            part += char
    return names


def module(path):
    steps = list(path.relative_to("src").with_suffix("").parts)
    return steps[:-1] if steps[-1] == "mod" else steps


def leads_to(path, name, files):
    steps = name.split("::")
    if steps[0] not in ("crate", "self", "super"):
        return None
    base = [] if steps[0] == "crate" else module(path)
    if steps[0] == "super":
        base = base[:-1]
    steps = steps[1:]
    while steps and steps[0] == "super":
        base, steps = base[:-1], steps[1:]
    whole = base + steps
    for length in range(len(whole), -1, -1):
        if tuple(whole[:length]) in files:
            return files[tuple(whole[:length])]
    return None


def imports(paths):
    files = {tuple(module(path)): path for path in paths}
    edges = {}
    for path in paths:
        text = code(path)
        names = [name for use in USE.finditer(text) if not use[1] for name in listed(use[2])]
        names += re.findall(r"\b((?:crate|super|self)(?:::\w+)+)", USE.sub("", text))
        found = {leads_to(path, name, files) for name in names}
        edges[path] = found - {None, path, Path("src/lib.rs")}
    return edges


def cycles(edges):
    """Tarjan's strongly connected components with more than one file."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(group) > 1:
                found.append(group)

    for node in edges:
        if node not in index:
            visit(node)
    return found


def documented():
    """The items of the built documentation (cargo doc --no-deps), which leaves out what is hidden."""
    page = Path("target/doc/evenhand/all.html")
    return len(re.findall(r'<li><a href="', page.read_text().split("<h3", 1)[1])) if page.exists() else "run cargo doc --no-deps"


def main():
    named = subprocess.run(["git", "ls-files", "src/*.rs"], capture_output=True, text=True, check=True)
    every = [Path(name) for name in named.stdout.split()]
    paths = [path for path in every if "tests" not in path.parts and path.name != "tests.rs"]
    sizes = {path: lines(code(path)) for path in paths}
    layers = Counter()
    for path, size in sizes.items():
        layers[path.parts[1].removesuffix(".rs")] += size
    print("lines of code by layer:", ", ".join(f"{name} {size}" for name, size in layers.most_common()))
    ordered = sorted(sizes.values())
    print(f"files: {len(paths)}; median {ordered[len(ordered) // 2]} lines; under 40 lines: {sum(size < 40 for size in ordered)}")
    groups = cycles(imports(paths))
    print(f"cycles between files: {len(groups)}, of {sum(map(len, groups))} files")
    public = sum(len(re.findall(r"(?m)^\s*pub (?:async )?(?:fn|struct|enum|trait|type|const|mod)\b", code(path))) for path in paths)
    print(f"items marked pub: {public}")
    print(f"items that users see: {documented()}")
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:10]
    print("largest:", ", ".join(f"{path.relative_to('src')} {size}" for path, size in largest))
    types = Counter(name for path in paths for name in re.findall(r"(?m)^\s*(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait) (\w+)", code(path)))
    twice = {name: count for name, count in types.items() if count > 1}
    most = ", ".join(f"{name} {count}" for name, count in Counter(twice).most_common(12))
    print(f"type names used more than once: {len(twice)} ({most})")


main()
