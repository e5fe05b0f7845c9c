"""Records from whatever holds them: lists of mappings, pandas, polars, Arrow."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import importlib
import json
import math
import pathlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from evenhand._errors import Error


def records_of(given: Any) -> list[dict[str, Any]]:
    """A list of records, one a row. Cells without a value are left out: they are no text, and no number."""
    return [_record(row, place) for place, row in enumerate(_rows(given))]


def is_one_record(given: Any) -> bool:
    """Whether this is a record by itself, and not several."""
    return isinstance(given, Mapping) or _is_object(given)


def as_json(value: Any) -> str:
    """JSON of records. What JSON cannot hold is an error that names it, never a NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _rows(given: Any) -> Iterable[Any]:
    if is_one_record(given):
        return [given]
    if hasattr(given, "to_dicts"):  # polars
        return cast("list[Any]", given.to_dicts())
    if hasattr(given, "to_pylist"):  # pyarrow
        return cast("list[Any]", given.to_pylist())
    if hasattr(given, "to_dict") and hasattr(given, "columns"):  # pandas
        return cast("list[Any]", given.to_dict("records"))
    if hasattr(given, "__arrow_c_stream__"):
        return cast("list[Any]", _pyarrow().table(given).to_pylist())
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise Error(
            f"records are a list of dicts, a pandas or polars data frame, or an Arrow table; this is {type(given).__name__}",
        )
    each: Iterator[Any] = iter(cast("Any", given))
    return each


def _pyarrow() -> Any:
    try:
        return importlib.import_module("pyarrow")
    except ImportError as problem:
        raise Error("this Arrow data is read with pyarrow, which is not installed", help="pip install pyarrow") from problem


def _is_object(given: Any) -> bool:
    kind: Any = given.__class__
    is_model = hasattr(kind, "model_fields") and hasattr(given, "model_dump")
    return dataclasses.is_dataclass(kind) or is_model


def _record(row: Any, place: int) -> dict[str, Any]:
    if hasattr(row, "model_dump"):  # pydantic
        row = row.model_dump(mode="json")
    elif _is_object(row):
        row = dataclasses.asdict(row)
    if not isinstance(row, Mapping):
        raise Error(f"record {place} is no mapping from names to values, but {type(row).__name__}")
    pairs = cast("Any", row).items()
    return {str(name): value for name, value in pairs if not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT, pandas.NA."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in ("NAType", "NaTType")


def _plain(given: object) -> Any:
    value: Any = given
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if _is_object(given):
        return dataclasses.asdict(value)
    if isinstance(given, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(given, (pathlib.PurePath, uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(given, Mapping):
        return dict(value)
    if isinstance(given, (set, frozenset)):
        return list(value)
    if hasattr(given, "tolist"):  # numpy
        return value.tolist()
    raise TypeError(f"{type(given).__name__} cannot be written as JSON")
