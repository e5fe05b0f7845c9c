"""Records from a table's columns, and their judgments as rows of another: one row a record, with its id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from evenhand._errors import Error
from evenhand._judge import Judge, Judgment
from evenhand._records import records_of

RESULT: Mapping[str, str] = {
    "id": "text",
    "score": "number",
    "verdict": "text",
    "confidence": "number",
    "unscored": "text",
    "unscored_detail": "text",
    "reasoning": "text",
    "calls": "count",
    "elapsed_ms": "number",
    "outcome": "text",
}
"""The columns of a table of results. `outcome` is all that is known, as a line of a journal."""


def results(judge: Judge, batch: Any, id: str) -> list[dict[str, Any]]:
    """A row for each record of a batch, in their order. Columns by name, or what `Judge.judge` takes."""
    records = _of_columns(batch) if isinstance(batch, Mapping) else records_of(batch)
    ids = [_id(record, id, place) for place, record in enumerate(records)]
    return [_row(name, judgment) for name, judgment in zip(ids, judge.judge(records), strict=True)]


def _of_columns(columns: Any) -> list[dict[str, Any]]:
    values = [_values(column) for column in columns.values()]
    rows = zip(*values, strict=True)
    return records_of([dict(zip(columns, row, strict=True)) for row in rows])


def _values(column: Any) -> Iterable[Any]:
    # numpy's own numbers are no JSON.
    return cast("list[Any]", column.tolist() if hasattr(column, "tolist") else column)


def _id(record: Mapping[str, Any], field: str, place: int) -> str:
    if field not in record or record[field] == "":
        raise Error(
            f"record {place} of a batch has no `{field}`, and results are told apart by it",
            help='name the column that holds it: id="..."',
        )
    return str(record[field])


def _row(id: str, judgment: Judgment) -> dict[str, Any]:
    row = judgment.to_dict()
    outcome = json.dumps({**judgment.outcome, "id": id}, ensure_ascii=False)
    return {name: {"id": id, "outcome": outcome}.get(name, row.get(name)) for name in RESULT}
