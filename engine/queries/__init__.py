"""What is asked: read only, filtered by the same table of permissions, frozen data out."""
