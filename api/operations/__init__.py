"""Pages for administrators and process owners, and the sandbox's clock."""
