"""A judge on the workers of Ray: `ds.map_batches(evenhand.ray.Judge, ...)`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

import evenhand
from evenhand._columns import Columns
from evenhand._results import RESULT, results

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow

    from evenhand._judge import JudgeOptions


class Judge:
    """A judge for `map_batches` of Ray Data, one instance a worker.

    >>> judged = ds.map_batches(
    ...     evenhand.ray.Judge,
    ...     fn_constructor_kwargs={"signature": "relevance", "model": "openai/my-model", "workers": 4, "replies": "/shared/replies"},
    ...     concurrency=4,
    ... )
    >>> judged.write_json("/shared/results")  # then: evenhand report /shared/results
    """

    def __init__(
        self,
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
    ) -> None:
        """Makes a worker's judge.

        Args:
            signature: As for `evenhand.Judge`, and so are all others but `id`. Set `workers` to the number of workers,
                which share the limits, and `replies` to a folder that all of them see: what a worker that dies had paid
                for is then not paid for again.
            id: The column with the records' ids.
            model: See `evenhand.Judge`.
            base_url: See `evenhand.Judge`.
            api_key: See `evenhand.Judge`.
            project: See `evenhand.Judge`.
            settings: See `evenhand.Judge`.
            env: See `evenhand.Judge`.
            options: See `JudgeOptions`.
        """
        self._id = id
        self._judge = evenhand.Judge(
            signature,
            model=model,
            base_url=base_url,
            api_key=api_key,
            project=project,
            settings=settings,
            env=env,
            **options,
        )

    def __call__(self, batch: Any) -> pyarrow.Table:
        """Judges a batch, in any of Ray's formats. Gives one row for each record: id, score, verdict, confidence,
        unscored (the reason), unscored_detail, reasoning, calls, elapsed_ms, outcome."""
        return Columns(RESULT, results(self._judge, batch, self._id)).to_arrow()
