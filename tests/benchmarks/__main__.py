"""`python -m tests.benchmarks pairing|walkthroughs [--only LINE]` prints the lines of the standard with what was
measured; exit code 1 where a line is missed, 2 where one can't be measured."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.measuring import Unmeasured
from tests.benchmarks.pairing import Pairing
from tests.benchmarks.table import Row, heading, printed
from tests.benchmarks.walkthroughs import Walkthroughs

Lines = dict[str, Callable[[], Iterator[Row]]]
MET, MISSED, UNMEASURED = 0, 1, 2


def lines_of(part: str, folder: Path) -> Lines:
    """The lines of one problem by name."""
    if part == "pairing":
        return Pairing(folder).lines
    return Walkthroughs(folder).lines


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the engine.")
    parser.add_argument("part", choices=("pairing", "walkthroughs"))
    parser.add_argument("--only", action="append", metavar="LINE", help="one line, by its name")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the problems are kept between runs")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lines = lines_of(asked.part, folder)
        except Unmeasured as sentence:
            print(sentence, file=sys.stderr)
            return UNMEASURED
        unknown = [name for name in asked.only or () if name not in lines]
        if unknown:
            parser.error(f"no line is called {unknown[0]}: there are {', '.join(lines)}")
        return measured({name: lines[name] for name in asked.only or lines})


def measured(lines: Lines) -> int:
    """Measure and print line by line; returns the exit code."""
    print(heading(), flush=True)
    code, missed = MET, []
    for name, line in lines.items():
        try:
            for row in line():
                print(printed([row]), flush=True)
                if not row.met:
                    missed.append(row.line)
        except Unmeasured as sentence:
            print(f"{name}: {sentence}", file=sys.stderr)
            code = UNMEASURED
    print(f"\n{len(missed)} missed" + "".join(f"\n- {line}" for line in missed))
    return code or (MISSED if missed else MET)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
