"""Judges that are asked about records."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from typing_extensions import TypedDict, Unpack

from evenhand._columns import Columns
from evenhand._errors import Error
from evenhand._evenhand import OpenedJudge
from evenhand._project import Reading
from evenhand._records import as_json, is_one_record, records_of
from evenhand._signature import Signature, typed

if TYPE_CHECKING:
    import pandas
    import pyarrow

O = TypeVar("O")
_KEY = "EVENHAND_PYTHON_API_KEY"


@dataclass(frozen=True)
class Unscored:
    """Why a record has no score. It is never a zero, never a pass, never a fail."""

    reason: str
    """`subject`, `transport`, `timeout`, `invalid_answer`, `refused`, `not_recorded`, `budget` or `cancelled`."""
    detail: str
    """What happened."""
    remedy: str | None = None
    """What to do about it, if that can be said."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True)
class Judgment:
    """What came of one record."""

    outcome: Mapping[str, Any]
    """All that is known of it, as a line of a journal: `docs/outcomes.md`. Its id is the record's place, from 0."""
    answer: Mapping[str, Any] | None
    """The reply that the verdict stands in, by output; `None` without a score, and where no reply holds the verdict: in
    a weighted or sampled reading, and of several calls that make one verdict."""

    @property
    def score(self) -> float | None:
        """The score in 0..1; `None` where there is none, and for a verdict that decides nothing."""
        return _number(None if self._score is None else self._score.get("value"))

    @property
    def verdict(self) -> str | None:
        """The verdict as the judge gave it: `pass`, `4`; `None` without a score."""
        return None if self._score is None else str(self._score["label"])

    @property
    def confidence(self) -> float | None:
        """How sure the judge is, in 0..1, if it says."""
        return _number(None if self._score is None else self._score.get("confidence"))

    @property
    def reasoning(self) -> str | None:
        """The reasons, if there are any."""
        return None if self._score is None else self._score.get("reasoning")

    @property
    def probabilities(self) -> dict[str, float] | None:
        """The share of each possible verdict, in a weighted or a sampled reading; `None` in others."""
        shares = None if self._score is None else self._score.get("distribution")
        return {label: share for label, share in shares} if shares else None

    @property
    def unscored(self) -> Unscored | None:
        """Why there is no score; `None` where there is one."""
        why = self.outcome["result"].get("unscored")
        return None if why is None else Unscored(why["reason"], why["detail"], why.get("remedy"))

    def answer_as(self, output: type[O]) -> O | None:
        """The answer as an object of the signature's output class; `None` where there is no answer."""
        return None if self.answer is None else typed(self.answer, output)

    @property
    def _score(self) -> Mapping[str, Any] | None:
        score: Mapping[str, Any] | None = self.outcome["result"].get("scored")
        return score

    def to_dict(self) -> dict[str, Any]:
        """A flat row: score, verdict, confidence, probabilities, unscored, unscored_detail, reasoning, calls, elapsed_ms."""
        why = self.unscored
        return {
            "score": self.score,
            "verdict": self.verdict,
            "confidence": self.confidence,
            "probabilities": self.probabilities,
            "unscored": None if why is None else why.reason,
            "unscored_detail": None if why is None else why.detail,
            "reasoning": self.reasoning,
            "calls": len(self.outcome["attempts"]),
            "elapsed_ms": self.outcome["elapsed_ms"],
        }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


class Judgments(Sequence[Judgment]):
    """What came of several records, in their order. Its columns are as long as the records were."""

    def __init__(self, each: Sequence[Judgment], records: Sequence[Mapping[str, Any]], judge: Judge) -> None:
        self._each = list(each)
        self._records = [dict(record) for record in records]
        self._judge = judge

    @property
    def scores(self) -> list[float | None]:
        """The scores in 0..1; `None` where there is none, never 0.0 and never NaN."""
        return [one.score for one in self._each]

    @property
    def verdicts(self) -> list[str | None]:
        """The verdicts; `None` without a score."""
        return [one.verdict for one in self._each]

    @property
    def probabilities(self) -> list[dict[str, float] | None]:
        """The share of each possible verdict, in a weighted or a sampled reading; `None` in others."""
        return [one.probabilities for one in self._each]

    @property
    def unscored(self) -> list[Unscored | None]:
        """Why there is no score; `None` where there is one."""
        return [one.unscored for one in self._each]

    @property
    def answers(self) -> list[Mapping[str, Any] | None]:
        """The replies that the verdicts stand in, by output."""
        return [one.answer for one in self._each]

    def answers_as(self, output: type[O]) -> list[O | None]:
        """The answers as objects of the signature's output class; `None` where there is none."""
        return [one.answer_as(output) for one in self._each]

    @property
    def reasonings(self) -> list[str | None]:
        """The reasons, where there are any."""
        return [one.reasoning for one in self._each]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records, as they were judged."""
        return self._records

    @property
    def judge(self) -> Judge:
        """Who judged."""
        return self._judge

    def to_dicts(self) -> list[dict[str, Any]]:
        """A flat row for each record: `Judgment.to_dict`."""
        return [one.to_dict() for one in self._each]

    def to_arrow(self) -> pyarrow.Table:
        """The same as an Arrow table; `probabilities` is a map. Needs pyarrow."""
        return Columns(_ROW, self.to_dicts()).to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a data frame; a score that is not there is `pandas.NA`, never NaN. Needs pandas."""
        return Columns(_ROW, self.to_dicts()).to_pandas()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return Columns(_ROW, self.to_dicts()).arrow_stream(requested_schema)

    @overload
    def __getitem__(self, index: int) -> Judgment: ...
    @overload
    def __getitem__(self, index: slice) -> Judgments: ...
    def __getitem__(self, index: int | slice) -> Judgment | Judgments:
        if isinstance(index, slice):
            return Judgments(self._each[index], self._records[index], self._judge)
        return self._each[index]

    def __len__(self) -> int:
        return len(self._each)

    def __iter__(self) -> Iterator[Judgment]:
        return iter(self._each)

    def __repr__(self) -> str:
        missing = sum(one.unscored is not None for one in self._each)
        return f"Judgments({len(self._each) - missing} scored, {missing} unscored)"


_ROW: Mapping[str, str] = {
    "score": "number",
    "verdict": "text",
    "confidence": "number",
    "probabilities": "shares",
    "unscored": "text",
    "unscored_detail": "text",
    "reasoning": "text",
    "calls": "count",
    "elapsed_ms": "number",
}


class JudgeOptions(TypedDict, total=False):
    """How a judge asks. What is left out is as usual with its model."""

    reading: Reading
    """How verdicts are read; `text` for servers, by default."""
    strategy: str | Mapping[str, Any]
    """How the question is asked: a strategy's name, `NAME:option=value`, or a mapping of its `name` and options."""
    aggregation: Literal["holistic", "criteria"]
    """Whether a rubric is judged in one call or criterion by criterion."""
    samples: int
    """How many draws a sampled reading takes; 20 by default."""
    retries: int
    """How often an invalid answer is asked for again; 3 by default."""
    parallel: int
    """The most calls at the same time; 8 by default."""
    reasons: bool
    """Whether reasons are asked for after a verdict that has none."""
    cache: str | os.PathLike[str]
    """The folder of a cache: what was asked before is not paid for again. Without one nothing is kept."""
    recording: str | os.PathLike[str]
    """A file of recorded replies that answers in the model's place; what is not among them is unscored. Where
    `EVENHAND_RECORD` is set to anything, and not in CI, the model is asked, and its replies are recorded anew."""
    replies: str | os.PathLike[str]
    """A folder that workers share: each writes the replies it pays for to a file of its own there, and asks for none
    that any of them has. See `evenhand.ray` and `evenhand.spark`."""
    workers: int
    """How many workers share the limits; 1 by default. Each takes its share of `parallel`, of the requests and tokens a
    minute, at least 1, and of the budget: an equal part, rounded down. Time is not shared out."""
    orders: Literal["own", "reversed", "cyclic", "all"]
    """In which orders a weighted reading lists the possible answers; the shares of several are averaged."""
    answer_labels: Literal["words", "letters", "digits"]
    """What stands for the possible answers; the words themselves by default."""
    fields: Mapping[str, str]
    """From the signature's inputs to the records' fields, where the names differ."""
    label: str
    """The records' field with the label that the verdict should be: an outcome then has it as `expected`, and a summary
    of outcomes says how far judge and labels agree."""
    max_cost_usd: float
    """The most that may be spent in each process, in US dollars; records beyond it are unscored."""
    max_calls: int
    """The most calls in each process."""
    max_tokens: int
    """The most tokens in each process, of prompts and answers together."""
    max_minutes: float
    """Minutes, in each process, after which nothing more is sent."""


class Judge:
    """A judge: a signature, a model, and how it asks.

    >>> judge = Judge("relevance", model="openai/my-model", base_url="http://127.0.0.1:8080/v1")
    >>> out = judge.judge([{"ground_truth": "Say that order 7 is late", "artifact": "Order 7 is late."}])
    >>> out.scores, out.verdicts, out.unscored

    It pickles as its configuration. Each process opens it for itself, when it is first asked; so does a forked one.
    """

    def __init__(
        self,
        signature: str | os.PathLike[str] | type[Any] | Signature,
        *,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        project: str | os.PathLike[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        **options: Unpack[JudgeOptions],
    ) -> None:
        """Makes a judge. Nothing is asked, and no file is read, before the first record.

        Args:
            signature: A bundled signature's name, a signature file, or a class that `@evenhand.signature` made one.
            model: PROVIDER/NAME, `openai/my-model` for any server that speaks OpenAI's chat completions; with a
                `project` also one of its roles.
            base_url: The server's address; by default the one in the provider's variable, or its usual one.
            api_key: The key; by default the one in the provider's variable, where no `base_url` is given. It is part of
                the configuration, and so of the pickle: prefer the variable where pickles travel.
            project: An evenhand.toml, whose model roles, signatures and budget then count.
            settings: More of the model, as `[models.NAME]` of evenhand.toml says it: `temperature`, `max_tokens`,
                `price`, `headers`. Not with a `project`.
            env: The variables for keys and addresses; those of this process by default.
            options: See `JudgeOptions`.

        Raises:
            Error: The arguments contradict each other.
        """
        known = JudgeOptions.__annotations__
        for name in options:
            if name not in known:
                raise Error(f"a judge has no option `{name}`; it has: {', '.join(sorted(known))}")
        if project is not None and (base_url is not None or api_key is not None or settings):
            raise Error("with a project, a model's address, key and settings stand in its evenhand.toml: name its role")
        if project is None and model is None:
            raise Error(
                "a judge needs a model",
                help='model="openai/NAME" with base_url, or project="evenhand.toml"',
            )
        self._settings: dict[str, Any] = {
            **_named(signature),
            **{name: value for name, value in options.items() if value is not None},
            **({"project": os.fspath(project), "model": model} if project is not None else {}),
            **({"config": _config(model, base_url, api_key, settings)} if project is None else {}),
        }
        self._api_key = api_key
        self._env = None if env is None else dict(env)
        self._opened: tuple[int, OpenedJudge] | None = None

    def judge(self, records: Any) -> Judgments:
        """Judges records, as many at the same time as `parallel` says. The interpreter's lock is released.

        Args:
            records: A list of mappings, dataclasses or pydantic models from the signature's inputs to their values; a
                pandas or polars data frame; an Arrow table, or what gives one by `__arrow_c_stream__`; or one record.

        Returns:
            One judgment for each record, in their order. A record that cannot be judged is unscored, with a reason.

        Raises:
            Error: The signature, the model or a setting cannot be used.
            KeyboardInterrupt: Ctrl-C was pressed. What was in flight is finished first, and is in the cache if there is
                one.
        """
        taken = records_of(records)
        return self._judgments(self._open().judge(as_json(taken)), taken)

    @overload
    async def ajudge(self, records: Mapping[str, Any]) -> Judgment: ...
    @overload
    async def ajudge(self, records: Any) -> Judgment | Judgments: ...
    async def ajudge(self, records: Any) -> Judgment | Judgments:
        """The same in an event loop. One record gives one `Judgment`. Tasks that judge at the same time share the
        judge's limits; one that is cancelled gives up its calls."""
        taken = records_of(records)
        loop = asyncio.get_running_loop()
        told: asyncio.Future[str] = loop.create_future()

        def tell(text: str | None, error: BaseException | None) -> None:
            if told.done():
                return
            if error is not None:
                told.set_exception(error)
            elif text is not None:
                told.set_result(text)

        def done(text: str | None, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(tell, text, error)
            except RuntimeError:
                pass  # The loop was closed: nobody waits.

        opened = self._opened_here()
        if opened is None:
            opened = await loop.run_in_executor(None, self._open)
        asked = opened.begin(as_json(taken), done)
        try:
            judgments = self._judgments(await told, taken)
        except asyncio.CancelledError:
            asked.cancel()
            raise
        return judgments[0] if is_one_record(records) else judgments

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides what is asked, 64 hex digits. Opens the judge."""
        return self._fingerprints()[2]

    @property
    def signature_fingerprint(self) -> str:
        """The signature's own fingerprint. Opens the judge."""
        return self._fingerprints()[1]

    @property
    def inputs(self) -> list[str]:
        """The names of the signature's inputs. Opens the judge."""
        return self._open().inputs

    @property
    def fields(self) -> dict[str, str]:
        """From the signature's inputs to the records' fields, where the names differ."""
        return dict(self._settings.get("fields", {}))

    @property
    def model(self) -> str:
        """The model's name, PROVIDER/NAME. Opens the judge."""
        return self._open().model

    def _fingerprints(self) -> tuple[str, str, str]:
        found = self._open().fingerprints
        if found is None:
            raise Error("this judge has no fingerprint", kind="internal fault")
        return found

    def _judgments(self, text: str, records: Sequence[Mapping[str, Any]]) -> Judgments:
        each = [Judgment(outcome, answer) for outcome, answer in json.loads(text)]
        return Judgments(each, records, self)

    def _opened_here(self) -> OpenedJudge | None:
        if self._opened is not None and self._opened[0] == os.getpid():
            return self._opened[1]
        return None

    def _open(self) -> OpenedJudge:
        # One of them for all threads of a process, or each would have limits and budgets of its own.
        with _opening:
            opened = self._opened_here()
            if opened is None:
                if self._opened is not None:
                    # A fork has the parent's connections, and none of its threads: what the parent opened is left alone.
                    _LEFT.append(self._opened[1])
                variables = dict(os.environ) if self._env is None else dict(self._env)
                if self._api_key is not None:
                    variables[_KEY] = self._api_key
                opened = OpenedJudge(as_json(self._settings), variables)
                self._opened = (os.getpid(), opened)
            return opened

    def __getstate__(self) -> dict[str, Any]:
        return {"_settings": self._settings, "_api_key": self._api_key, "_env": self._env, "_opened": None}

    def __repr__(self) -> str:
        told = self._settings.get("text")
        asked = told[1] if told else self._settings.get("signature")
        model = self._settings.get("model") or self._settings.get("config", {}).get("model")
        return f"Judge({asked!r}, model={model!r})"


_LEFT: list[OpenedJudge] = []
"""Judges that a parent process opened: closing them here would wait for threads that are not here."""


_opening = threading.Lock()


def _after_fork() -> None:
    """A lock that another thread held is held for ever in a fork."""
    global _opening
    _opening = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _named(signature: str | os.PathLike[str] | type[Any] | Signature) -> dict[str, Any]:
    if isinstance(signature, type):
        signature = Signature.of(signature)
    if isinstance(signature, Signature):
        return {"text": [signature.toml(), signature.place]}
    if isinstance(signature, str) and not signature.endswith(".toml"):
        return {"signature": signature}
    # A process that is started elsewhere finds the same file.
    return {"signature": str(Path(signature).absolute())}


def _config(
    model: str | None, base_url: str | None, api_key: str | None, settings: Mapping[str, Any] | None
) -> dict[str, Any]:
    config: dict[str, Any] = {"model": model, **(settings or {})}
    if base_url is not None:
        config["base_url"] = base_url
    if api_key is not None:
        config["api_key_env"] = _KEY
    return config
