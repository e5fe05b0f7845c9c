"""Judges on the workers of Ray and of Spark. `make scale` tries more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from engines import ENGINES, missing, tried


@pytest.mark.parametrize("engine", ENGINES)
def test_every_record_is_judged_once_though_calls_fail(engine: str, tmp_path: Path) -> None:
    why = missing(engine)
    if why is not None:
        assert os.environ.get("EVENHAND_ENGINES") != "required", why
        pytest.skip(why)
    one = tried(engine, 60, tmp_path, kill=False)
    assert (one.scored, one.lost, one.doubled, one.paid_twice) == (60, 0, 0, 0)
    # Of 20 records one is refused, one fails, one is reset, and two are asked again.
    assert one.calls == 60 + 60 // 20 * 5
    assert one.summary.n == 60 and one.summary.unscored_count == 0
    assert one.summary.mean == 0.8
