"""Score text and agent outputs with LLM judges, and know how far the scores can be trusted.

`Project` opens the suites of an evenhand.toml and does what the command does, in the same folders. `Judge` asks a
judge about records. `signature` makes a class a signature. The guide is `docs/guides/python.md`.
"""

from typing import TYPE_CHECKING

from evenhand._errors import Error, Fault, UnscoredError
from evenhand._judge import Judge, JudgeOptions, Judgment, Judgments, Unscored
from evenhand._project import Check, Project, Reading, Run, RunOptions, Suite
from evenhand._report import report
from evenhand._signature import Criterion, Demo, Field, NearestDemos, Pair, Rubric, Signature, signature
from evenhand._summary import Interval, Rate, Summary

if TYPE_CHECKING:
    from evenhand._pytest import AssertGolden, GoldenCheck

__all__ = [
    "AssertGolden",
    "Check",
    "Criterion",
    "Demo",
    "Error",
    "Fault",
    "Field",
    "GoldenCheck",
    "Interval",
    "Judge",
    "JudgeOptions",
    "Judgment",
    "Judgments",
    "NearestDemos",
    "Pair",
    "Project",
    "Rate",
    "Reading",
    "Rubric",
    "Run",
    "RunOptions",
    "Signature",
    "Suite",
    "Summary",
    "Unscored",
    "UnscoredError",
    "report",
    "signature",
]


def __getattr__(name: str) -> object:
    # Only a test has pytest.
    if name in ("AssertGolden", "GoldenCheck"):
        import evenhand._pytest

        return getattr(evenhand._pytest, name)
    raise AttributeError(f"module 'evenhand' has no attribute {name!r}")
