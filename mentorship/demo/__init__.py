"""The demo school: invented, and built through the ordinary operations."""
