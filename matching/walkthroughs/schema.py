"""The JSON schemas of the two formats, made from the models; `python -m matching.walkthroughs.schema` writes
them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from matching.walkthroughs.outcome_rows import VisitOutcome
from matching.walkthroughs.problem import VisitProblem

FOLDER = Path(__file__).resolve().parent.parent / "schemas"
MODELS: dict[str, type[BaseModel]] = {"visit-problem-1": VisitProblem, "visit-outcome-1": VisitOutcome}


def schema(name: str) -> dict[str, Any]:
    """The schema of one format."""
    said = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.json"}
    return said | MODELS[name].model_json_schema()


def schema_text(name: str) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in MODELS:
        (FOLDER / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
