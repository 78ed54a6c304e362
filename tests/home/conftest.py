"""The planned and the published school, and the one after a visit, for every test of this folder."""

from builders import instance, planned, planned_instance, published, published_instance
from held_visit import after

__all__ = ["after", "instance", "planned", "planned_instance", "published", "published_instance"]
