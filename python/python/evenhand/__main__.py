"""The `evenhand` command: `evenhand`, or `python -m evenhand`."""

from __future__ import annotations

import signal
import sys

from evenhand._evenhand import command


def main() -> int:
    """Runs the command with this process's arguments. Gives its exit code."""
    # Python's own handler only notes Ctrl-C and waits for Python code to run. The command has its own, and where it
    # has none, Ctrl-C ends it as it ends any other command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    return command(["evenhand", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
