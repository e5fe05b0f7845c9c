"""1,000 records through Ray and through Spark, with faults, and a worker killed half way: `make scale`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from engines import ENGINES, missing, tried

RECORDS = 1000


def main() -> int:
    # Printed at the end, since Ray prints meanwhile.
    lines = [
        "| engine | records | scored | lost | doubled | paid twice | in flight when killed, at most | workers killed | calls | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    holds = True
    for engine in ENGINES:
        why = missing(engine)
        if why is not None:
            print(f"{engine} is left out: {why}", file=sys.stderr)
            holds = False
            continue
        with tempfile.TemporaryDirectory() as folder:
            one = tried(engine, RECORDS, Path(folder), kill=True)
        cells = [one.engine, one.records, one.scored, one.lost, one.doubled, one.paid_twice, one.in_flight, one.killed, one.calls]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + f" | {one.seconds:.0f} |")
        holds = holds and one.holds and one.killed == 1
    print("\n".join(["", *lines]))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
