"""The REST API under /api/v1: the same Engine calls as the pages, in JSON."""
