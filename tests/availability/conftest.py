"""The planned and the published school, for every test of this folder."""

from builders import instance, planned, planned_instance, published, published_instance

__all__ = ["instance", "planned", "planned_instance", "published", "published_instance"]
