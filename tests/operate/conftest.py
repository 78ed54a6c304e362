"""The planned and the published school, for the tests of the mail pages."""

from builders import instance, planned, planned_instance, published, published_instance

__all__ = ["instance", "planned", "planned_instance", "published", "published_instance"]
