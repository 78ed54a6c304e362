"""Stage 6: publish means invite."""
