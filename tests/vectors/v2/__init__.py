"""Builders of records of version 2, frozen with the golden files of `tests/vectors`."""
