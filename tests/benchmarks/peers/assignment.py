"""The best assignment of a dense pairing problem by SciPy: reads the same file, prints what it took."""

from __future__ import annotations

import json
import sys
from time import perf_counter

import numpy as np
from scipy.optimize import linear_sum_assignment


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        problem = json.load(file)
    begun = perf_counter()
    row_by_id = {person["id"]: row for row, person in enumerate(problem["mentees"])}
    column_by_id = {person["id"]: column for column, person in enumerate(problem["mentors"])}
    fits = np.zeros((len(row_by_id), len(column_by_id)))
    for mentee, mentor, fit in problem["candidates"]:
        fits[row_by_id[mentee], column_by_id[mentor]] = fit
    rows, columns = linear_sum_assignment(fits, maximize=True)
    total = int(fits[rows, columns].sum())
    print(json.dumps({"seconds": perf_counter() - begun, "pairs": len(rows), "fit": total}))


if __name__ == "__main__":
    main(sys.argv[1])
