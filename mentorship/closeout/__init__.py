"""Stage 10: the summary in counts, and the end of a cycle."""
