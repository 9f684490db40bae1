"""End to end: real processes, real files, commands and HTTP only."""
