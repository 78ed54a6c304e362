"""Which mentor for which mentee: a problem in, an exact plan with its reasons out."""
