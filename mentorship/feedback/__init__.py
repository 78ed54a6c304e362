"""Stage 8: forms that close a cycle, and who may read them."""
