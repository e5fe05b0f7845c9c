"""Parts of one run, summed up."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from evenhand._evenhand import sum_up
from evenhand._summary import Summary


def report(
    folder: str | os.PathLike[str],
    project: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Summary:
    """The numbers of one run that several workers judged in parts: `evenhand report FOLDER`.

    Args:
        folder: A folder with run folders or files of results, at any depth; or one such file.
        project: The evenhand.toml of the suite; by default the one that the command would find.
        env: The variables; those of this process by default.

    Raises:
        Error: There is no part, the parts are of several judges, or a record has two different outcomes.
    """
    return Summary(json.loads(sum_up(folder, project, dict(os.environ) if env is None else dict(env))))
