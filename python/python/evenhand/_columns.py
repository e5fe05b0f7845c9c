"""Columns of equal length as Arrow and pandas tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand._errors import Error

if TYPE_CHECKING:
    import pandas
    import pyarrow

_ARROW = {"text": "string", "number": "float64", "count": "int64"}
_PANDAS = {"text": "string", "number": "Float64", "count": "Int64"}


class Columns:
    """Columns by name, each with its kind: `text`, `number`, `count`, `texts` or `shares`. A value that is not there is null,
    in Arrow and in pandas, never NaN."""

    def __init__(self, kinds: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
        self.kinds = dict(kinds)
        self.values: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in kinds}

    def to_arrow(self) -> pyarrow.Table:
        arrow = _module("pyarrow")
        arrays: dict[str, Any] = {}
        for name, values in self.values.items():
            kind = _ARROW.get(self.kinds[name])
            shared: Any = getattr(arrow, kind)() if kind else None
            if self.kinds[name] == "shares":
                shared = arrow.map_(arrow.string(), arrow.float64())
                values = [None if shares is None else list(shares.items()) for shares in values]
            elif self.kinds[name] == "texts":
                shared = arrow.list_(arrow.string())
            arrays[name] = arrow.array(values, type=shared)
        table: pyarrow.Table = arrow.table(arrays)
        return table

    def arrow_stream(self, requested_schema: object | None) -> object:
        table: Any = self.to_arrow()
        stream: object = table.__arrow_c_stream__(requested_schema)
        return stream

    def to_pandas(self) -> pandas.DataFrame:
        frames = _module("pandas")
        columns: dict[str, Any] = {}
        for name, values in self.values.items():
            columns[name] = frames.Series(values, dtype=_PANDAS.get(self.kinds[name], "object"))
        frame: pandas.DataFrame = frames.DataFrame(columns)
        return frame


def _module(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError as problem:
        raise Error(f"{name} is not installed", help=f"pip install {name}") from problem
