#!/usr/bin/env python3
"""A preprocessor of mdBook. A link to a file of the repository that is not in the book becomes the file's name: a
folder above docs/ does not exist where the book is read."""

import json
import posixpath
import re
import sys

LINK = re.compile(r"\[([^\]\n]*)\]\(((?:\.\./)[^)\s]*)\)")


def outside(chapter):
    """The chapter's text, with such links replaced."""

    def replaced(link):
        words, target = link.groups()
        folder = posixpath.dirname("docs/" + chapter["path"])
        file = posixpath.normpath(posixpath.join(folder, target.partition("#")[0]))
        if file.startswith("docs/"):
            return link.group(0)
        return f"{words} (`{file}`)" if file not in words else words

    return LINK.sub(replaced, chapter["content"])


def walk(items):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter and chapter["path"]:
            chapter["content"] = outside(chapter)
            walk(chapter["sub_items"])


if sys.argv[1:2] != ["supports"]:
    _, book = json.load(sys.stdin)
    walk(book.get("items") or book.get("sections") or [])
    json.dump(book, sys.stdout)
