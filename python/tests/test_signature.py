"""Signatures as classes: the same question as a signature file, with the same fingerprint."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Optional

import annotated_types
import evenhand
import pydantic
import pytest
from conftest import ROOT
from evenhand import Criterion, Field, Rubric, Signature, signature
from mock import Mock, says, serving

FILES = sorted((ROOT / "signatures").glob("*.toml"))
RELEVANCE = tomllib.loads((ROOT / "signatures" / "relevance.toml").read_text())
EVIDENCE = "The words of the artifact that decide, copied exactly; empty if there are none."
REASONING = "One sentence: which point is done, missing, or wrong."
VERDICT = "pass if every point is done, fail if a point is missing or wrong, unclear if the deciding part is hidden."
CONFIDENCE = "How sure you are of the verdict: 0.5 is a guess, 1 is certain."
LABELS = {"pass": 1.0, "fail": 0.0}


def bundled(name: str) -> str:
    return evenhand.Judge(name, model="openai/x", base_url="http://127.0.0.1:9/v1").signature_fingerprint


class PlainVerdict:
    evidence: Annotated[str, EVIDENCE, Field(max_length=200)]
    reasoning: Annotated[str, REASONING, Field(max_length=300)]
    verdict: Annotated[Literal["pass", "fail", "unclear"], VERDICT]
    confidence: Annotated[float, CONFIDENCE, Field(min=0, max=1)]


@signature(PlainVerdict, name="relevance", labels=LABELS, demos=RELEVANCE["demos"])
class Plain:
    """
    Decide whether the artifact does what the ground truth asks for.

    Check each point of the ground truth: names, numbers, dates, direction, format.
    - pass: every point is done. Other words, few words, and extra text are fine.
    - fail: a point is missing, wrong, or reversed, or the artifact only talks about it.
    - unclear: the deciding part is hidden or cut off.

    Believe a plain report that something was done. Work out sums, dates, and code yourself.
    """

    context: Annotated[Optional[str], "Where the artifact comes from."]
    ground_truth: Annotated[str, "What was asked for."]
    artifact: Annotated[str, "What was produced."]


@dataclass
class DataVerdict:
    evidence: Annotated[str, annotated_types.MaxLen(200)] = field(metadata={"description": EVIDENCE})
    reasoning: Annotated[str, annotated_types.Len(0, 300), REASONING]
    verdict: Annotated[Literal["pass", "fail", "unclear"], VERDICT]
    confidence: Annotated[float, annotated_types.Interval(ge=0, le=1), CONFIDENCE]


@signature(DataVerdict, name="relevance", labels=LABELS, demos=RELEVANCE["demos"], instruction=Plain.__doc__)
@dataclass
class Data:
    context: Annotated[str | None, "Where the artifact comes from."]
    ground_truth: Annotated[str, "What was asked for."]
    artifact: Annotated[str, "What was produced."]


class ModelVerdict(pydantic.BaseModel):
    evidence: str = pydantic.Field(description=EVIDENCE, max_length=200)
    reasoning: str = pydantic.Field(description=REASONING, max_length=300)
    verdict: Literal["pass", "fail", "unclear"] = pydantic.Field(description=VERDICT)
    confidence: Annotated[float, pydantic.Field(ge=0, le=1)] = pydantic.Field(description=CONFIDENCE)


@signature(ModelVerdict, name="relevance", labels=LABELS, demos=RELEVANCE["demos"], instruction=Plain.__doc__)
class Model(pydantic.BaseModel):
    context: str | None = pydantic.Field(default=None, description="Where the artifact comes from.")
    ground_truth: str = pydantic.Field(description="What was asked for.")
    artifact: str = pydantic.Field(description="What was produced.")


@pytest.mark.parametrize("written", [Plain, Data, Model])
def test_a_class_and_its_file_have_one_fingerprint(written: type[Any]) -> None:
    made = Signature.of(written)
    assert (made.name, made.fingerprint) == ("relevance", bundled("relevance")), made.toml()


def class_of(name: str, fields: dict[str, Any], told: str | None = None) -> type[Any]:
    """The class that a file's fields stand for."""
    hints = {field: hint_of(field, said) for field, said in fields.items()}
    return type(name, (), {"__annotations__": hints, "__doc__": told, "__module__": __name__})


def hint_of(name: str, said: dict[str, Any]) -> Any:
    kinds: dict[str, Any] = {"integer": int, "number": float, "boolean": bool, "string": str}
    kind = said.get("type", "string")
    if kind == "array":
        hint: Any = list[hint_of(name, said["items"])]  # type: ignore[misc]
    elif kind == "object":
        hint = class_of(name.title(), said["fields"])
    elif "choices" in said:
        hint = Literal[tuple(said["choices"])]
    else:
        hint = kinds[kind]
    notes = Field(**{key: said[key] for key in ("description", "min", "max", "max_length", "min_items", "max_items") if key in said})
    return Annotated[hint | None if said.get("optional") else hint, notes]


def rubric_of(said: dict[str, Any]) -> Rubric:
    def levels(table: dict[str, str]) -> dict[int, str]:
        return {int(level): text for level, text in table.items()}

    each = [Criterion(**{**one, "levels": levels(one.get("levels", {}))}) for one in said["criteria"]]
    return Rubric(each, said["min"], said["max"], levels(said.get("levels", {})))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_bundled_signature_has_a_twin(file: Any) -> None:
    said = tomllib.loads(file.read_text())
    inputs = class_of("Inputs", said["inputs"], said["instruction"])
    outputs = class_of("Outputs", said["outputs"]) if "outputs" in said else None
    score = said.get("score", {})
    made = signature(
        outputs,
        name=said.get("name", file.stem),
        score=score.get("field"),
        labels=score.get("labels"),
        by_claims=score.get("by_claims", False),
        pair=said.get("pair"),
        rubric=rubric_of(said["rubric"]) if "rubric" in said else None,
        demos=said.get("demos", ()),
        nearest_demos=said.get("nearest_demos"),
    )(inputs)
    assert Signature.of(made).fingerprint == bundled(file.stem)


@pytest.mark.parametrize("written,output", [(Plain, PlainVerdict), (Data, DataVerdict), (Model, ModelVerdict)])
def test_answers_come_back_as_objects(server: Mock, written: type[Any], output: type[Any]) -> None:
    asks = evenhand.Judge(written, model="openai/mock-1", base_url=server.url)
    out = asks.judge([{"ground_truth": "x", "artifact": "y"}, {"ground_truth": "x"}])
    answer, nothing = out.answers_as(output)
    assert isinstance(answer, output) and nothing is None
    assert (answer.verdict, answer.confidence) == ("pass", 0.9)


@dataclass
class Point:
    what: str
    met: bool
    weight: int = 1


@dataclass
class Points:
    points: list[Point]
    share: Annotated[float, Field(min=0, max=1)]
    remark: str | None


def test_nested_answers() -> None:
    @signature(Points, score="share")
    class Shares:
        """Say which points are met."""

        text: str

    reply = {"points": [{"what": "a", "met": True, "weight": 2}], "share": 1, "remark": None}
    with serving(lambda _: reply) as mock:
        out = evenhand.Judge(Shares, model="openai/mock-1", base_url=mock.url).judge({"text": "t"})
    assert out.answers_as(Points) == [Points([Point("a", True, 2)], 1.0, None)], out.unscored
    assert isinstance(out.answers_as(Points)[0].share, float)  # type: ignore[union-attr]


def test_what_cannot_be_a_signature() -> None:
    with pytest.raises(evenhand.Error, match="has no instruction"):
        signature(PlainVerdict)(type("Silent", (), {"__annotations__": {"text": str}}))
    with pytest.raises(evenhand.Error, match=r"Odd\.when cannot be part of a signature") as caught:
        signature(PlainVerdict)(type("Odd", (), {"__annotations__": {"when": bytes}, "__doc__": "Judge."}))
    assert caught.value.kind == "signature"
    with pytest.raises(evenhand.Error, match="a Literal of other things"):
        signature(class_of("O", {}))(type("N", (), {"__annotations__": {"n": Literal[1, 2]}, "__doc__": "Judge."}))
    with pytest.raises(evenhand.Error, match="is no signature"):
        evenhand.Judge(PlainVerdict, model="openai/x")
    with pytest.raises(evenhand.Error) as unknown:
        signature(PlainVerdict, score="verdikt", labels=LABELS)(type("V", (), {"__annotations__": {"t": str}, "__doc__": "J."}))
    assert unknown.value.file == f"{__name__}.V" and "verdikt" in str(unknown.value)


def test_says_is_what_the_mock_answers() -> None:
    assert set(says("pass")) == set(PlainVerdict.__annotations__)
