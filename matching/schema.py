"""The JSON schemas of all formats, made from the models that read them; `python -m matching.schema` writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from matching.pairing.outcome_rows import PairingOutcome, PairingWeights
from matching.pairing.problem import PairingProblem
from matching.pairing.rules import WEIGHTED
from matching.rule import Weighted, words_of
from matching.walkthroughs.outcome_rows import VisitOutcome
from matching.walkthroughs.problem import VisitProblem
from matching.walkthroughs.rules import PREFERENCES

FOLDER = Path(__file__).resolve().parent / "schemas"
MODELS: dict[str, type[BaseModel]] = {
    "pairing-problem-1": PairingProblem,
    "pairing-outcome-1": PairingOutcome,
    "pairing-weights-1": PairingWeights,
    "visit-problem-1": VisitProblem,
    "visit-outcome-1": VisitOutcome,
}
WEIGHTED_BY_NAME: dict[str, Sequence[Weighted]] = {"pairing-problem-1": WEIGHTED, "visit-problem-1": PREFERENCES}


def schema(name: str) -> dict[str, Any]:
    """The schema of one format."""
    said = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.json"}
    found = said | MODELS[name].model_json_schema()
    if name in WEIGHTED_BY_NAME:
        rules = WEIGHTED_BY_NAME[name]
        words = {rule.key: {"enum": list(words_of(rule.default)), "default": rule.default} for rule in rules}
        found["properties"]["weights"] = {"type": "object", "properties": words, "additionalProperties": False}
    return found


def schema_text(name: str) -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in MODELS:
        (FOLDER / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
