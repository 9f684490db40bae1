"""Tests of the verifier; `world` makes whole small states in memory."""
