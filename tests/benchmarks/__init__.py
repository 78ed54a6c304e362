"""Measurements of the engine against its peers, which anyone can repeat: `make bench`."""
