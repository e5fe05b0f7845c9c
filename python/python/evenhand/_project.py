"""Suites of an evenhand.toml: run, checked, locked, in the same folders as the command."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict, Unpack

from evenhand._columns import Columns
from evenhand._errors import Error
from evenhand._evenhand import CheckedRun, OpenedProject, OpenedRun
from evenhand._records import as_json
from evenhand._summary import Summary

if TYPE_CHECKING:
    import pandas
    import pyarrow

Reading = Literal["text", "weighted", "sampled"]
"""How verdicts are read: from the decoded answer, from the probabilities of the possible verdicts, or from draws."""


class RunOptions(TypedDict, total=False):
    """How a suite is run. What is left out stays as evenhand.toml says."""

    limit: int
    """At most so many records."""
    model: str
    """The model that judges: a role of evenhand.toml, or PROVIDER/NAME."""
    judge_models: Mapping[str, str]
    """The model of single judges, by the judge's name."""
    reading: Reading
    """How verdicts are read."""
    strategy: str | Mapping[str, Any]
    """How the judges ask: a strategy's name, or a mapping of its `name` and options."""
    concurrency: int
    """At most so many records at the same time."""
    outputs: str | os.PathLike[str]
    """A file of outputs, joined by id, that are judged instead of what the suite says."""
    filters: Sequence[str]
    """Only records that fit all of these: `tag=hard`, `id=rel-0*`, `label!=pass`."""
    max_cost_usd: float
    """The most that may be spent, in US dollars."""
    max_calls: int
    """The most calls."""
    max_tokens: int
    """The most tokens, of prompts and answers together."""
    max_minutes: float
    """Minutes after which nothing more is sent."""
    samples: int
    """How many draws a sampled reading takes; 20 by default."""
    repeats: int
    """How often each record is taken, 1 to 1000."""
    explain: int
    """Of how many records, at most, whose verdict is not their label the reasons are asked afterwards."""
    cache: Literal["use", "refresh", "ignore"]
    """How the cache of replies is used; `use` by default."""
    resume: Literal["no", "last", "retry_unscored"]
    """Whether the suite's last run is gone on with; `no` by default."""
    record: str | os.PathLike[str]
    """A file that every reply is written to; the model `replay/FILE` answers from it."""
    replies: str | os.PathLike[str]
    """A folder of recordings, `SUITE.jsonl` each, that answer instead of models."""
    uncalibrated: bool
    """Leaves scores as the judge gives them, whatever calibration the suite names."""
    write_in_ci: bool
    """Lets golden files be written in continuous integration."""


class Project:
    """An evenhand.toml, checked, with the folders it speaks of. Runs are kept in `.evenhand` beside it.

    >>> project = Project("evenhand.toml")
    >>> run = project.suite("relevance").run(limit=100)
    >>> run.summary.kappa, run.summary.unscored_count
    """

    def __init__(self, path: str | os.PathLike[str] = "evenhand.toml", env: Mapping[str, str] | None = None) -> None:
        """Opens a project.

        Args:
            path: The evenhand.toml. Paths in it are relative to its folder.
            env: The variables for keys, addresses and `CI`; those of this process by default.

        Raises:
            Error: It cannot be read, or something in it is wrong: every fault, with its line.
        """
        self._path = Path(path)
        self._env = None if env is None else dict(env)
        self._opened: OpenedProject | None = None
        self._open()

    @property
    def path(self) -> Path:
        """The evenhand.toml."""
        return self._path

    @property
    def suites(self) -> list[str]:
        """The names of its suites, sorted."""
        return self._open().suites()

    def suite(self, name: str) -> Suite:
        """A suite by its name.

        Raises:
            Error: There is none of this name, or a file that it names cannot be used.
        """
        self._open().open(name)
        return Suite(self, name)

    def html(self, path: str | os.PathLike[str], *runs: Run | str | os.PathLike[str]) -> Path:
        """Writes a page of runs, or of their folders: `evenhand report`. Gives its path.

        Raises:
            Error: A folder holds no run.
            OSError: The page cannot be written.
        """
        folders = [run.path if isinstance(run, Run) else run for run in runs]
        page = self._open().html(folders)
        Path(path).write_text(page, encoding="utf-8")
        return Path(path)

    def _open(self) -> OpenedProject:
        if self._opened is None:
            self._opened = OpenedProject(self._path, dict(os.environ) if self._env is None else self._env)
        return self._opened

    def __getstate__(self) -> dict[str, Any]:
        return {"_path": self._path, "_env": self._env, "_opened": None}

    def __repr__(self) -> str:
        return f"Project({str(self._path)!r})"


class Suite:
    """A suite of a project. Made by `Project.suite`."""

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self._name = name

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def project(self) -> Project:
        """Its project."""
        return self._project

    def run(self, **options: Unpack[RunOptions]) -> Run:
        """Judges the suite's records in a new run's folder: `evenhand run SUITE`.

        Ctrl-C finishes what is in flight and raises KeyboardInterrupt; `run(resume="last")` then goes on. A second
        Ctrl-C ends at once.

        Raises:
            Error: The suite has no records, a model cannot be reached or loaded at all, or a file cannot be used.
                Records that cannot be scored are no error: they are unscored, with a reason.
        """
        return Run(self._project, self._opened().run(self._name, _options(options)))

    def check(self, **options: Unpack[RunOptions]) -> Check:
        """Judges the suite, and compares it with its golden file and its gates: `evenhand check SUITE`.

        Raises:
            Error: As for `run`; and the suite has neither golden file nor gates, or was locked with another judge
                setup. A regression is no error: it is a conclusion.
        """
        return Check(self._project, self._opened().check(self._name, _options(options)))

    def lock(self, **options: Unpack[RunOptions]) -> Path | None:
        """Judges the suite, and locks its scores: `evenhand golden lock SUITE`. Gives the golden file; `None` where the
        run was not finished, or too many records are unscored.

        Raises:
            Error: As for `run`; or this is continuous integration, and `write_in_ci` does not allow it.
        """
        return self._opened().lock(self._name, _options(options))[1]

    def _opened(self) -> OpenedProject:
        return self._project._open()  # pyright: ignore[reportPrivateUsage]

    def __repr__(self) -> str:
        return f"Suite({self._name!r} of {str(self._project.path)!r})"


class Run:
    """A run that ended. Its records are read from its folder when they are asked for."""

    def __init__(self, project: Project, opened: OpenedRun) -> None:
        self._project = project
        self._opened = opened
        self._outcomes: list[dict[str, Any]] | None = None
        self._summary: Summary | None = None

    @property
    def path(self) -> Path:
        """The run's folder, with its journal, its replies and its numbers."""
        return Path(self._opened.folder)

    @property
    def suite(self) -> str:
        """The suite's name."""
        return self._opened.suite

    @property
    def ended(self) -> str:
        """How it ended: `complete`, `interrupted`, or `stopped_early`, where every call failed the same way."""
        return self._opened.ended[0]

    @property
    def stopped_because(self) -> str | None:
        """Why it stopped early; `None` where it did not."""
        return self._opened.ended[1]

    @property
    def exit_code(self) -> int:
        """The exit code of `evenhand run SUITE`, with its gates."""
        return self._opened.exit

    @property
    def summary(self) -> Summary:
        """Its numbers."""
        if self._summary is None:
            self._summary = Summary(json.loads(self._opened.summary()))
        return self._summary

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """What came of each record, in the order of the dataset, as lines of the journal: `docs/outcomes.md`.

        Raises:
            Error: The journal cannot be read.
        """
        if self._outcomes is None:
            read: list[dict[str, Any]] = json.loads(self._opened.outcomes())
            self._outcomes = read
        return self._outcomes

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat row for each record: id, score in 0..1, verdict, confidence, expected, unscored (the reason) and
        unscored_detail, reasoning, tags, model, calls, elapsed_ms. `score` is None where `unscored` is not."""
        return [outcome_row(outcome) for outcome in self.outcomes]

    def to_arrow(self) -> pyarrow.Table:
        """The same as an Arrow table. Needs pyarrow."""
        return Columns(ROW, self.to_dicts()).to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a data frame; a score that is not there is `pandas.NA`, never NaN. Needs pandas."""
        return Columns(ROW, self.to_dicts()).to_pandas()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return Columns(ROW, self.to_dicts()).arrow_stream(requested_schema)

    def html(self, path: str | os.PathLike[str]) -> Path:
        """Writes the run's page: `evenhand report`. Gives its path."""
        return self._project.html(path, self)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, {self.ended}, {self.summary!r})"


class Check:
    """A suite that was compared with its golden file and its gates."""

    def __init__(self, project: Project, opened: CheckedRun) -> None:
        self._opened = opened
        self._run = Run(project, opened.run)
        found = opened.found()
        self._found: dict[str, Any] | None = None if found is None else json.loads(found)

    @property
    def run(self) -> Run:
        """The run that was checked."""
        return self._run

    @property
    def conclusion(self) -> str | None:
        """`pass`, `improvement`, `undecided`, `inconclusive`, `not_recorded`, `unscored`, `below_gate` or
        `regression`; `None` where the run was not finished."""
        return None if self._found is None else str(self._found["conclusion"])

    @property
    def exit_code(self) -> int:
        """The exit code of `evenhand check SUITE`: 0 where it holds."""
        return self._opened.exit

    @property
    def holds(self) -> bool:
        """Whether nothing fails."""
        return self.exit_code == 0

    @property
    def text(self) -> str:
        """The report of the command."""
        return self._opened.text() or f"{self.run.suite}: the run was not finished ({self.run.ended})"

    def to_dict(self) -> dict[str, Any]:
        """All that was found, gates and records included; empty where the run was not finished."""
        return dict(self._found or {})

    def __repr__(self) -> str:
        return f"Check({self.run.suite!r}, {self.conclusion})"


ROW: Mapping[str, str] = {
    "id": "text",
    "score": "number",
    "verdict": "text",
    "confidence": "number",
    "expected": "text",
    "unscored": "text",
    "unscored_detail": "text",
    "reasoning": "text",
    "tags": "texts",
    "model": "text",
    "calls": "count",
    "elapsed_ms": "number",
}
"""The columns of a run's table, and what they hold."""


def outcome_row(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """An outcome as a flat row."""
    score: Mapping[str, Any] = outcome["result"].get("scored") or {}
    unscored: Mapping[str, Any] = outcome["result"].get("unscored") or {}
    expected: Mapping[str, Any] = outcome.get("expected") or {}
    return {
        "id": outcome["id"],
        "score": score.get("value"),
        "verdict": score.get("label"),
        "confidence": score.get("confidence"),
        "expected": expected.get("label"),
        "unscored": unscored.get("reason"),
        "unscored_detail": unscored.get("detail"),
        "reasoning": score.get("reasoning"),
        "tags": outcome.get("tags", []),
        "model": outcome["model"],
        "calls": len(outcome["attempts"]),
        "elapsed_ms": outcome["elapsed_ms"],
    }


def _options(options: RunOptions) -> str:
    known = RunOptions.__annotations__
    for name in options:
        if name not in known:
            raise Error(f"a run has no option `{name}`; it has: {', '.join(sorted(known))}")
    return as_json({name: value for name, value in options.items() if value is not None})
