"""Tests of cycles run on School T, planned and published."""

from builders import instance, planned, planned_instance, published, published_instance

__all__ = ["instance", "planned", "planned_instance", "published", "published_instance"]
