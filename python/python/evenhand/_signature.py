"""Signatures written as Python classes: the same question, with the same fingerprint, as a signature file."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from typing_extensions import NotRequired, TypedDict, get_type_hints

from evenhand._errors import Error
from evenhand._evenhand import signature_fingerprint, signature_toml
from evenhand._records import as_json

C = TypeVar("C")
_MARK = "__evenhand_signature__"


@dataclass(frozen=True)
class Field:
    """What is said of an input or output besides its type: `Annotated[str, Field("Why.", max_length=200)]`.

    A plain text in `Annotated` is the description; `annotated_types` bounds and pydantic's `Field` are read too.
    """

    description: str | None = None
    """What it holds."""
    min: float | None = None
    """The smallest number allowed."""
    max: float | None = None
    """The largest number allowed."""
    max_length: int | None = None
    """The most characters of a text."""
    min_items: int | None = None
    """The fewest items of a list."""
    max_items: int | None = None
    """The most items of a list."""


@dataclass(frozen=True)
class Criterion:
    """One thing that a rubric looks at."""

    name: str
    """Letters, digits and underscores."""
    description: str = ""
    """What is looked at."""
    weight: float | None = None
    """Its share in the score, relative to the others; 1 by default."""
    points: float | None = None
    """Its points, instead of a weight; below 0 for a fault."""
    essential: bool = False
    """Whether the whole is worth 0 where it is not met."""
    levels: Mapping[int, str] = field(default_factory=dict[int, str])
    """What each level means for it."""


@dataclass(frozen=True)
class Rubric:
    """Weighted criteria on one scale. A rubric has its own outputs: reasoning, criteria, score, suggestions."""

    criteria: Sequence[Criterion]
    """What is looked at, in the order it is asked."""
    min: int = 1
    """The lowest level."""
    max: int = 5
    """The highest level."""
    levels: Mapping[int, str] = field(default_factory=dict[int, str])
    """What each level means for the whole."""


class Demo(TypedDict):
    """A worked example."""

    inputs: Mapping[str, Any]
    """The inputs by name."""
    outputs: Mapping[str, Any]
    """The answer by name."""


class Pair(TypedDict):
    """Two inputs that change places: each record is asked about in both orders."""

    inputs: tuple[str, str]
    """The two inputs."""
    verdicts: tuple[str, str]
    """The verdict for each of them."""
    undecided: NotRequired[str]
    """The verdict on a pair whose orders disagree."""


class NearestDemos(TypedDict):
    """Which of the demos each record is shown: those most like it."""

    show: int
    """How many."""
    balanced: NotRequired[bool]
    """Whether labels take turns."""


def signature(
    output: type[Any] | None = None,
    *,
    name: str | None = None,
    instruction: str | None = None,
    score: str | None = None,
    labels: Mapping[str, float] | None = None,
    by_claims: bool = False,
    pair: Pair | None = None,
    rubric: Rubric | None = None,
    demos: Sequence[Demo] = (),
    nearest_demos: NearestDemos | None = None,
) -> Callable[[type[C]], type[C]]:
    """Makes a class a signature: its annotations are the inputs, its docstring is the instruction.

    >>> @dataclass
    ... class Verdict:
    ...     reasoning: Annotated[str, "One sentence.", Field(max_length=300)]
    ...     verdict: Annotated[Literal["pass", "fail"], "pass if it is polite."]
    >>> @signature(Verdict, labels={"pass": 1, "fail": 0})
    ... class Polite:
    ...     '''Judge whether the reply is polite.'''
    ...     reply: Annotated[str, "The reply."]

    Args:
        output: The class whose annotations are the outputs, in their order. A rubric has its own.
        name: The name; by default the class's, in snake case.
        instruction: The instruction; by default the docstring.
        score: The output that is the verdict; `verdict` where `labels` are given.
        labels: What each verdict is worth, in 0..1; one left out decides nothing.
        by_claims: Whether the score is the share of claims that are supported, instead of the verdict's worth.
        pair: Two inputs that change places.
        rubric: Weighted criteria, in the place of outputs.
        demos: Worked examples.
        nearest_demos: Which of them each record is shown; all of them by default.

    Raises:
        Error: An annotation cannot be part of a signature, there is no instruction, or the parts do not fit.
    """

    def decorate(inputs: type[C]) -> type[C]:
        verdict = "verdict" if score is None and labels is not None else score
        made = Signature(
            _place(inputs),
            _file(inputs, output, name, instruction, _score(verdict, labels, by_claims), pair, rubric, demos, nearest_demos),
            output,
        )
        setattr(inputs, _MARK, made)
        return inputs

    return decorate


class Signature:
    """A signature that was made of a class. `Signature.of(cls)` finds it."""

    def __init__(self, place: str, file: Mapping[str, Any], output: type[Any] | None = None) -> None:
        self._place = place
        self._toml = signature_toml(as_json(file))
        self._output = output
        self._name, self._fingerprint = signature_fingerprint(self._toml, place)

    @staticmethod
    def of(inputs: type[Any]) -> Signature:
        """The signature of a class.

        Raises:
            Error: The class was not made one by `@evenhand.signature`.
        """
        made = inputs.__dict__.get(_MARK)
        if not isinstance(made, Signature):
            raise Error(
                f"{_place(inputs)} is no signature",
                kind="signature",
                help="write @evenhand.signature(OUTPUTS, labels={...}) above the class",
            )
        return made

    @property
    def name(self) -> str:
        """The name, for prompts, files and reports."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """A hash of everything it says, 64 hex digits: the same as of a signature file that says the same."""
        return self._fingerprint

    @property
    def output(self) -> type[Any] | None:
        """The class of the answers; `None` of a rubric."""
        return self._output

    @property
    def place(self) -> str:
        """Where it is from, in messages: MODULE.CLASS."""
        return self._place

    def toml(self) -> str:
        """The same as the text of a signature file."""
        return self._toml

    def __repr__(self) -> str:
        return f"Signature({self.name!r}, {self.fingerprint[:12]})"


def typed(value: Mapping[str, Any], output: type[C]) -> C:
    """An answer as an object of its class: nested classes too. A whole number written as 4.0 becomes one.

    Raises:
        Error: The answer does not fit the class.
    """
    try:
        return cast("C", _typed(value, output))
    except (TypeError, ValueError, KeyError) as problem:
        raise Error(f"the answer does not fit {_place(output)}: {problem}") from problem


def _typed(value: Any, hint: Any) -> Any:
    wanted: Any = _bare(hint)[0]
    options = _options(wanted)
    if options is not None:
        return None if value is None else _typed(value, options)
    origin = get_origin(wanted)
    if origin in _LISTS:
        inner = get_args(wanted)[0]
        return [_typed(one, inner) for one in value]
    if origin is Literal or wanted in (str, bool) or wanted is Any:
        return value
    if wanted is int:
        return int(value)
    if wanted is float:
        return float(value)
    if hasattr(wanted, "model_validate"):
        return wanted.model_validate(value)
    if _is_typed_dict(wanted):
        return {name: _typed(value[name], inner) for name, inner in _hints(wanted).items() if name in value}
    hints = _hints(wanted)
    fields = {name: _typed(value[name], inner) for name, inner in hints.items() if value.get(name) is not None}
    if dataclasses.is_dataclass(wanted):
        defaults = {one.name for one in dataclasses.fields(wanted) if _has_default(one)}
        for name, inner in hints.items():
            if name not in fields and name not in defaults and _options(_bare(inner)[0]) is not None:
                fields[name] = None
        made: Any = cast("Any", wanted)(**fields)
        return made
    plain: Any = object.__new__(wanted)
    for name in hints:
        setattr(plain, name, fields.get(name, getattr(wanted, name, None)))
    return plain


def _has_default(one: dataclasses.Field[Any]) -> bool:
    return one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING


def _score(field: str | None, labels: Mapping[str, float] | None, by_claims: bool) -> dict[str, Any] | None:
    if field is None:
        return None
    return {
        "field": field,
        **({"labels": dict(labels)} if labels else {}),
        **({"by_claims": True} if by_claims else {}),
    }


def _file(
    inputs: type[Any],
    output: type[Any] | None,
    name: str | None,
    instruction: str | None,
    score: dict[str, Any] | None,
    pair: Pair | None,
    rubric: Rubric | None,
    demos: Sequence[Demo],
    nearest_demos: NearestDemos | None,
) -> dict[str, Any]:
    told = inspect.cleandoc(instruction) if instruction is not None else _docstring(inputs)
    if not told:
        raise Error(
            f"{_place(inputs)} has no instruction",
            kind="signature",
            help="write it as the class's docstring: what the judge is told to do",
        )
    file: dict[str, Any] = {
        "name": name or _snake_case(inputs.__name__),
        "instruction": told,
        "inputs": _fields(inputs),
    }
    if output is not None:
        file["outputs"] = _fields(output)
    if score is not None:
        file["score"] = score
    if pair is not None:
        file["pair"] = {**pair, "inputs": list(pair["inputs"]), "verdicts": list(pair["verdicts"])}
    if rubric is not None:
        file["rubric"] = _rubric(rubric)
    if nearest_demos is not None:
        file["nearest_demos"] = dict(nearest_demos)
    if demos:
        file["demos"] = [{"inputs": _present(demo["inputs"]), "outputs": _present(demo["outputs"])} for demo in demos]
    return file


def _present(value: Any) -> Any:
    """Without what is None: TOML has no word for it, and a value that is left out is the same."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {name: _present(inner) for name, inner in pairs if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_present(inner) for inner in cast("Sequence[Any]", value)]
    return value


def _rubric(rubric: Rubric) -> dict[str, Any]:
    def levels(given: Mapping[int, str]) -> dict[str, Any]:
        return {"levels": {str(level): text for level, text in given.items()}} if given else {}

    def criterion(one: Criterion) -> dict[str, Any]:
        said: dict[str, Any] = {"name": one.name, "description": one.description}
        said.update({"weight": one.weight} if one.weight is not None else {})
        said.update({"points": one.points} if one.points is not None else {})
        said.update({"essential": True} if one.essential else {})
        return said | levels(one.levels)

    whole = {"min": rubric.min, "max": rubric.max} | levels(rubric.levels)
    return whole | {"criteria": [criterion(one) for one in rubric.criteria]}


def _docstring(of: type[Any]) -> str:
    told = of.__dict__.get("__doc__")
    # A dataclass without one is given its own signature.
    if not told or (dataclasses.is_dataclass(of) and told.startswith(f"{of.__name__}(")):
        return ""
    return inspect.cleandoc(told)


_LISTS = (list, tuple, collections.abc.Sequence, collections.abc.Iterable)
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _fields(of: type[Any]) -> dict[str, Any]:
    told = _descriptions(of)
    return {name: _field(hint, told.get(name), f"{_place(of)}.{name}") for name, hint in _hints(of).items()}


def _field(hint: Any, told: list[Any] | None, place: str) -> dict[str, Any]:
    bare, notes = _bare(hint)
    notes += told or []
    said: dict[str, Any] = {}
    inner = _options(bare)
    if inner is not None:
        said["optional"] = True
        bare, more = _bare(inner)
        notes = more + notes
    if get_origin(bare) is Literal:
        choices = get_args(bare)
        if not all(isinstance(choice, str) for choice in choices):
            raise _unusable(place, "a Literal of other things than texts")
        said["choices"] = list(choices)
    elif bare in _SIMPLE:
        if bare is not str:
            said["type"] = _SIMPLE[bare]
    elif get_origin(bare) in _LISTS:
        items = get_args(bare)
        said["type"] = "array"
        said["items"] = _field(items[0], None, f"{place}[]")
    elif bare in _LISTS:
        raise _unusable(place, "a list that does not say what it holds")
    elif isinstance(bare, type) and _hints(bare):
        said["type"] = "object"
        said["fields"] = _fields(bare)
    else:
        raise _unusable(place, str(bare))
    for note in notes:
        _note(note, said, is_list=said.get("type") == "array")
    return said


def _note(note: Any, said: dict[str, Any], *, is_list: bool) -> None:
    """What an annotation says besides the type. Others' annotations are read by the names of what they hold."""
    if isinstance(note, str):
        said["description"] = note
        return
    if isinstance(note, Field):
        for name in ("description", "min", "max", "max_length", "min_items", "max_items"):
            if getattr(note, name) is not None:
                said[name] = getattr(note, name)
        return
    for told in (getattr(note, "description", None), getattr(note, "documentation", None)):
        if isinstance(told, str):
            said["description"] = told
    for name, key in (("ge", "min"), ("le", "max")):
        if isinstance(getattr(note, name, None), (int, float)):
            said[key] = getattr(note, name)
    if isinstance(getattr(note, "max_length", None), int):
        said["max_items" if is_list else "max_length"] = note.max_length
    if is_list and isinstance(getattr(note, "min_length", None), int):
        said["min_items"] = note.min_length
    for inner in getattr(note, "metadata", None) or ():  # pydantic's Field
        _note(inner, said, is_list=is_list)


_CLASS_VAR: tuple[Any, ...] = (typing.ClassVar,)
_NOT_REQUIRED: tuple[Any, ...] = (NotRequired, getattr(typing, "NotRequired", NotRequired))


def _bare(hint: Any) -> tuple[Any, list[Any]]:
    notes: list[Any] = []
    while True:
        origin: Any = get_origin(hint)
        if origin is Annotated:
            hint, *more = get_args(hint)
            notes = [*more, *notes]
        elif origin in _NOT_REQUIRED:
            hint = get_args(hint)[0]
        else:
            return hint, notes


def _options(hint: Any) -> Any:
    """What stands beside None in `X | None`; None where nothing does."""
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    others = [one for one in get_args(hint) if one is not type(None)]
    return others[0] if len(others) == 1 and len(others) < len(get_args(hint)) else None


def _hints(of: Any) -> dict[str, Any]:
    """The annotations of a class and of those it is derived from, in their order; class variables are none."""
    if not isinstance(of, type):
        return {}
    try:
        hints = get_type_hints(of, include_extras=True)
    except NameError as problem:
        raise Error(
            f"{_place(of)}: {problem}", kind="signature", help="annotations are read when the class is made; import what they name"
        ) from problem
    own = getattr(of, "model_fields", None)
    if isinstance(own, dict):  # pydantic has annotations of its own
        return {name: hints[name] for name in cast("dict[str, Any]", own)}
    return {
        name: hint for name, hint in hints.items() if hint not in _CLASS_VAR and get_origin(hint) not in _CLASS_VAR and not name.startswith("_")
    }


def _descriptions(of: type[Any]) -> dict[str, list[Any]]:
    """What pydantic's fields and dataclasses' metadata say of each."""
    model: Any = getattr(of, "model_fields", None)
    if isinstance(model, dict):
        return {name: [info] for name, info in cast("dict[str, Any]", model).items()}
    if dataclasses.is_dataclass(of):
        told = {one.name: one.metadata.get("description") for one in dataclasses.fields(of)}
        return {name: [text] for name, text in told.items() if isinstance(text, str)}
    return {}


def _is_typed_dict(of: Any) -> bool:
    return isinstance(of, type) and hasattr(cast("Any", of), "__total__")


def _unusable(place: str, what: str) -> Error:
    return Error(
        f"{place} cannot be part of a signature: {what}",
        kind="signature",
        help="use str, int, float, bool, Literal of texts, a list of these, a class of these, or one of them | None",
    )


def _place(of: type[Any]) -> str:
    module = of.__module__
    if module == "__main__":
        module = getattr(sys.modules.get("__main__"), "__file__", None) or module
    return f"{module}.{of.__qualname__}" if not module.endswith(".py") else f"{module}:{of.__qualname__}"


def _snake_case(name: str) -> str:
    out = ""
    for place, letter in enumerate(name):
        if letter.isupper() and place and (not name[place - 1].isupper() or name[place + 1 : place + 2].islower()):
            out += "_"
        out += letter.lower()
    return out
