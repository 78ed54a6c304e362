"""Stage 9: goals, next steps and follow-ups."""
