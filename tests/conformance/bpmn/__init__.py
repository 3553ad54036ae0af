"""Small diagrams, each with what must happen: accepted with its outcome, or refused with rule and element."""
