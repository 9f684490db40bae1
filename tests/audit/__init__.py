"""Tests of the verifier; `scenario` makes whole small states in memory."""
