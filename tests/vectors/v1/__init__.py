"""Builders of records of version 1, frozen with the golden files of `tests/vectors`."""
