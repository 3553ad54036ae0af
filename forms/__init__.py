"""Forms: what a person may enter; pure, no database and no HTTP."""
