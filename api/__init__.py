"""How the engine is reached: pages, REST, command line. Nothing is decided here."""
