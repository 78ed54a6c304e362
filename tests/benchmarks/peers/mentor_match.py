"""mentor-match 7.0.1 on a folder with mentors.csv and mentees.csv, and apart.csv with whom it may not match.

Runs in the peers' own venv: mentor-match's package is called `matching`, as the engine's is. The rules give the points
that the engine gives for the same facts.
"""

from __future__ import annotations

import csv
import json
import operator
import sys
from pathlib import Path
from time import perf_counter

from matching.rules.rule import Disqualify, Equivalent, Grade

from matching import process


def main(folder: Path) -> None:
    with (folder / "apart.csv").open(encoding="utf-8") as file:
        apart = {(row[0], row[1]) for row in csv.reader(file)}
    rules = [
        Equivalent("profession", {True: 300, False: 0}),
        Equivalent("organisation", {True: 80, False: 0}),
        Grade(0, operator.eq, {True: 150, False: 0}),
        Grade(1, operator.eq, {True: 80, False: 0}),
        Grade(-1, operator.eq, {True: 80, False: 0}),
    ]
    if apart:
        rules.append(Disqualify(lambda match: (match.mentee.email, match.mentor.email) in apart))
    begun = perf_counter()
    _, mentees = process.conduct_matching_from_file(folder, [rules])
    seconds = perf_counter() - begun
    pairs = [[mentee.email, mentor.email] for mentee in mentees for mentor in mentee.mentors]
    print(json.dumps({"pairs": pairs, "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
