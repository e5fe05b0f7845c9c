"""A judge as a metric of DSPy: `evenhand.dspy.metric(judge, ...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dspy

from evenhand._errors import UnscoredError
from evenhand._judge import Judge, Judgment

Metric = Callable[..., Any]


def metric(
    judge: Judge,
    fields: Mapping[str, str] | None = None,
    *,
    unscored: float | None = None,
    threshold: float = 0.5,
) -> Metric:
    """A metric `(example, prediction, trace=None, ...)` that gives `dspy.Prediction(score=..., feedback=...)`, as
    GEPA and `dspy.Evaluate` take it. The feedback is the judge's verdict with its reasons, and what would raise the score.

    Each of the signature's inputs is the prediction's field of that name, or else the example's.

    Args:
        judge: The judge.
        fields: From the signature's inputs to the fields, where the names differ: `{"artifact": "prediction.answer",
            "ground_truth": "example.question"}`. Without `prediction.` or `example.` the prediction's comes first.
        unscored: What a record without a score counts as. Without one UnscoredError is raised, which `dspy.Evaluate`
            counts as its `failure_score` and among its `max_errors`: DSPy has no word for a score that is not there.
        threshold: While DSPy bootstraps demos (`trace` is given and GEPA does not ask for feedback) the metric says
            whether the score reaches this.

    Raises:
        UnscoredError: The record has no score, and `unscored` does not say what it counts as.
    """
    places = dict(fields or {})

    def judged(
        example: Any,
        prediction: Any,
        trace: Any = None,
        pred_name: str | None = None,
        pred_trace: Any = None,
        **_: Any,
    ) -> Any:
        one = judge.judge([_record(judge, places, example, prediction)])[0]
        why = one.unscored
        score = one.score
        if score is None:
            if unscored is None:
                reason, detail = ("undecided", str(one.verdict)) if why is None else (why.reason, why.detail)
                raise UnscoredError(reason, detail)
            score = unscored
        if trace is not None and pred_name is None and pred_trace is None:
            return score >= threshold
        return dspy.Prediction(score=score, feedback=feedback(one))

    return judged


def feedback(judgment: Judgment) -> str:
    """What a judge says of an output, in words: the verdict, the reasons, and what would raise the score."""
    why = judgment.unscored
    if why is not None:
        return f"The judge gave no score ({why})."
    lines = [f"Verdict: {judgment.verdict}."]
    if judgment.reasoning:
        lines.append(judgment.reasoning)
    score: Mapping[str, Any] = judgment.outcome["result"].get("scored") or {}
    lines += [f"{part['name']}: {part['label']}." for part in score.get("parts", [])]
    lines += [f"To improve: {told}" for told in score.get("suggestions", [])]
    return "\n".join(lines)


def _record(judge: Judge, places: Mapping[str, str], example: Any, prediction: Any) -> dict[str, Any]:
    record: dict[str, Any] = {}
    renamed = judge.fields
    for name in judge.inputs:
        place = places.get(name, name)
        side, _, field = place.partition(".")
        if side == "prediction" and field:
            value = _of(prediction, field)
        elif side == "example" and field:
            value = _of(example, field)
        else:
            value = _of(prediction, place)
            value = _of(example, place) if value is None else value
        if value is not None:
            record[renamed.get(name, name)] = value
    return record


def _of(holder: Any, field: str) -> Any:
    getter = getattr(holder, "get", None)
    return getter(field) if callable(getter) else getattr(holder, field, None)
