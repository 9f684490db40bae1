"""One file a version, numbered; earlier ones never change."""
