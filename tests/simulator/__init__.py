"""The simulator: a whole state in one process, whose clock, signer and wires a test can bend."""
