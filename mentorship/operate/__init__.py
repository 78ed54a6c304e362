"""Running the service: schema, dump, readiness, processes. Knows all stages."""
