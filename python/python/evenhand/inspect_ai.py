"""A judge as a scorer of Inspect: `evenhand.inspect_ai.judged(judge, ...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from evenhand._judge import Judge, Judgment
from evenhand._records import is_one_record

Record = Callable[[TaskState, Target], Mapping[str, Any]]


@scorer(metrics=[mean(), stderr()])
def judged(judge: Judge, record: Record | None = None) -> Scorer:
    """A scorer that asks a judge. The value is the score in 0..1. A sample that the judge gives no score is
    `Score.unscored`, with the reason: Inspect leaves it out of its metrics, and it never counts as 0.

    Args:
        judge: The judge.
        record: From a sample's state and target to what the judge is given. By default the completion is the first of
            `artifact`, `response`, `answer` and `output` that the signature has, the target is `ground_truth` or
            `reference`, the question is `question`, `task`, `request`, `goal` or `instruction`, the messages are
            `trajectory`, and the sample's metadata are the rest.
    """
    async def score(state: TaskState, target: Target) -> Score:
        given = usual_record(judge, state, target) if record is None else record(state, target)
        one = await judge.ajudge(dict(given))
        return as_score(one, state.output.completion)

    return score


def as_score(judgment: Judgment, answer: str | None = None) -> Score:
    """A judgment as a score of Inspect."""
    metadata: dict[str, Any] = {"verdict": judgment.verdict, "confidence": judgment.confidence}
    if judgment.probabilities is not None:
        metadata["probabilities"] = judgment.probabilities
    why = judgment.unscored
    if why is not None:
        return Score.unscored(reason=why.reason, answer=answer, explanation=why.detail, metadata=metadata)
    if judgment.score is None:
        told = f"the verdict {judgment.verdict} decides nothing"
        return Score.unscored(reason="undecided", answer=answer, explanation=told, metadata=metadata)
    return Score(value=judgment.score, answer=answer, explanation=judgment.reasoning, metadata=metadata)


def usual_record(judge: Judge, state: TaskState, target: Target) -> dict[str, Any]:
    """What a judge is given of a sample where nobody says."""
    record: dict[str, Any] = {}
    has_output = False
    renamed = judge.fields
    for name in judge.inputs:
        value: Any = None
        if name in ("artifact", "response", "answer", "output") and not has_output:
            value, has_output = state.output.completion, True
        elif name in ("ground_truth", "reference"):
            value = target.text or None
        elif name in ("question", "task", "request", "goal", "instruction"):
            value = state.input_text
        elif name == "trajectory":
            value = [message.model_dump(mode="json", exclude_none=True) for message in state.messages]
        if value is None and is_one_record(state.metadata):
            value = state.metadata.get(name)
        if value is not None:
            record[renamed.get(name, name)] = value
    return record
