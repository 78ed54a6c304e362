"""Stage 5: the plan, from draft to review; the only stage that knows the engine."""
