"""The JSON schemas of all formats, made from the models that read them; `python -m matching.schema` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from matching.pairing.outcome_rows import PairingOutcome, PairingWeights
from matching.pairing.problem import PairingProblem
from matching.pairing.rules import WEIGHTED
from matching.rule import words_of
from matching.walkthroughs.outcome_rows import VisitOutcome
from matching.walkthroughs.problem import VisitProblem

FOLDER = Path(__file__).resolve().parent / "schemas"
MODELS: dict[str, type[BaseModel]] = {
    "pairing-problem-1": PairingProblem,
    "pairing-outcome-1": PairingOutcome,
    "pairing-weights-1": PairingWeights,
    "visit-problem-1": VisitProblem,
    "visit-outcome-1": VisitOutcome,
}


def schema(name: str) -> dict[str, Any]:
    """The schema of one format."""
    said = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.json"}
    found = said | MODELS[name].model_json_schema()
    if name == "pairing-problem-1":
        words = {rule.key: {"enum": list(words_of(rule.default)), "default": rule.default} for rule in WEIGHTED}
        found["properties"]["weights"] = {"type": "object", "properties": words, "additionalProperties": False}
    return found


def schema_text(name: str) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in MODELS:
        (FOLDER / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
