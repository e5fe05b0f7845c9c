"""A judge on the workers of Spark: `df.mapInPandas(evenhand.spark.judge(...), evenhand.spark.SCHEMA)`."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

import evenhand
from evenhand._columns import Columns
from evenhand._results import RESULT, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas

    from evenhand._judge import JudgeOptions

SCHEMA = ", ".join(
    f"{name} {dict(text='string', number='double', count='bigint')[kind]}" for name, kind in RESULT.items()
)
"""The columns of the results, as Spark writes a schema."""


def judge(
    signature: str | os.PathLike[str] | type[Any] | evenhand.Signature,
    *,
    id: str = "id",
    model: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    project: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    **options: Unpack[JudgeOptions],
) -> Callable[[Iterator[pandas.DataFrame]], Iterator[pandas.DataFrame]]:
    """A function for `mapInPandas` that gives one row for each record: the columns of `SCHEMA`.

    >>> judged = df.mapInPandas(
    ...     evenhand.spark.judge("relevance", model="openai/my-model", workers=4, replies="/shared/replies"),
    ...     evenhand.spark.SCHEMA,
    ... )
    >>> judged.write.json("/shared/results")  # then: evenhand report /shared/results

    Args:
        signature: As for `evenhand.Judge`, and so are all others but `id`. Set `workers` to the number of tasks that run
            at the same time, which share the limits, and `replies` to a folder that all of them see: what a worker that
            dies had paid for is then not paid for again.
        id: The column with the records' ids.
        model: See `evenhand.Judge`.
        base_url: See `evenhand.Judge`.
        api_key: See `evenhand.Judge`.
        project: See `evenhand.Judge`.
        settings: See `evenhand.Judge`.
        env: See `evenhand.Judge`; by default the variables of the worker.
        options: See `JudgeOptions`.
    """
    made = evenhand.Judge(
        signature,
        model=model,
        base_url=base_url,
        api_key=api_key,
        project=project,
        settings=settings,
        env=env,
        **options,
    )
    name = uuid.uuid4().hex

    def judged(frames: Iterator[pandas.DataFrame]) -> Iterator[pandas.DataFrame]:
        return _judged(name, made, id, frames)

    return judged


_HERE: dict[str, evenhand.Judge] = {}
"""The judges of this process: tasks that come one after another share one, with its connections and its replies."""


def _judged(
    name: str, made: evenhand.Judge, id: str, frames: Iterator[pandas.DataFrame]
) -> Iterator[pandas.DataFrame]:
    here = _HERE.setdefault(name, made)
    for frame in frames:
        yield Columns(RESULT, results(here, frame, id)).to_pandas()
