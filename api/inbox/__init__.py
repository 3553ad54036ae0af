"""Pages for staff, candidates and experts."""
