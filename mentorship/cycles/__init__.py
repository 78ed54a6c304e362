"""Stage 4: a round of the school, and who takes part with what wishes."""
