"""What goes wrong before anything is judged, as exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault in one file."""

    file: str
    """The file, as it was named."""
    line: int
    """The line, from 1."""
    column: int
    """The column in characters, from 1."""
    message: str
    """What is wrong there."""
    help: str | None = None
    """What to do about it, if that can be said."""


class Error(Exception):
    """A file, a setting or an argument that cannot be used. `str()` says what, where, and what to do.

    A record that cannot be judged is no error: it is unscored, with a reason.
    """

    kind: str
    """`usage`, `configuration`, `signature`, `dataset`, `prompt`, `model`, `journal`, `golden`, `input/output`,
    or `internal fault`."""
    detail: str
    """What went wrong, in one line."""
    help: str | None
    """What to do about it, if that can be said."""
    faults: tuple[Fault, ...]
    """The faults of a file, in the file's order; empty where no file is at fault."""

    def __init__(
        self,
        message: str,
        kind: str = "usage",
        detail: str | None = None,
        help: str | None = None,
        faults: Sequence[tuple[str, int, int, str, str | None]] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.detail = message if detail is None else detail
        self.faults = tuple(Fault(*fault) for fault in faults)
        first = next((fault.help for fault in self.faults if fault.help), None)
        self.help = help or first

    @property
    def file(self) -> str | None:
        """The file of the first fault; `None` where no file is at fault."""
        return self.faults[0].file if self.faults else None

    @property
    def line(self) -> int | None:
        """The line of the first fault, from 1; `None` where no file is at fault."""
        return self.faults[0].line if self.faults else None

    def __reduce__(self) -> tuple[type[Error], tuple[object, ...]]:
        faults = [(fault.file, fault.line, fault.column, fault.message, fault.help) for fault in self.faults]
        return (type(self), (str(self), self.kind, self.detail, self.help, faults))


class UnscoredError(Exception):
    """A score was needed, and a record has none: why. Raised by adapters whose library has no word for it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[UnscoredError], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))
