"""One plain min-cost flow of a pairing problem, for total fit alone: reads the same file, prints what it took.

The time is that of building and solving the flow from arrays that are already there.
"""

from __future__ import annotations

import json
import resource
import sys
from time import perf_counter, process_time

import numpy as np
from ortools.graph.python import min_cost_flow


def arrays(path: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
    """Row, column and fit of each candidate, how many mentees, and each mentor's places."""
    with open(path, encoding="utf-8") as file:
        problem = json.load(file)
    row_by_id = {person["id"]: row for row, person in enumerate(problem["mentees"])}
    column_by_id = {person["id"]: column for column, person in enumerate(problem["mentors"])}
    count, listed = len(problem["candidates"]), problem["candidates"]
    row = np.fromiter((row_by_id[mentee] for mentee, _, _ in listed), dtype=np.int32, count=count)
    column = np.fromiter((column_by_id[mentor] for _, mentor, _ in listed), dtype=np.int32, count=count)
    fit = np.fromiter((fit for _, _, fit in listed), dtype=np.int64, count=count)
    places = np.asarray([person.get("places", 1) for person in problem["mentors"]], dtype=np.int32)
    return row, column, fit, len(row_by_id), places


def main(path: str) -> None:
    row, column, fit, height, places = arrays(path)
    begun, cpu = perf_counter(), process_time()
    width = len(places)
    source, sink = height + width, height + width + 1
    tail = np.concatenate([row, np.full(height, source), height + np.arange(width)]).astype(np.int32)
    head = np.concatenate([height + column, np.arange(height), np.full(width, sink)]).astype(np.int32)
    capacity = np.concatenate([np.ones(len(row) + height), places]).astype(np.int32)
    cost = np.concatenate([-fit, np.zeros(height + width, dtype=np.int64)])
    model = min_cost_flow.SimpleMinCostFlow()
    arcs = model.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    model.set_node_supply(source, height)
    model.set_node_supply(sink, -height)
    status = model.solve_max_flow_with_min_cost()
    chosen = model.flows(arcs[: len(row)]) > 0
    took, used = perf_counter() - begun, process_time() - cpu
    assert status == model.OPTIMAL
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": took, "cpu": used, "pairs": int(chosen.sum()), "fit": int(fit[chosen].sum()), "peak": peak}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
