"""What changes something: one function a command, each inside a transaction that its caller opened."""
