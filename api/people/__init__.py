"""Pages about people: who stands in for whom, who may do what and why."""
