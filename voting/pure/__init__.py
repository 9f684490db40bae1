"""The rules of voting and nothing else: no input or output, so that a verifier can run them.

`rules` reads a rule file, `roll` says who may vote and hashes the roll, `ballot` says whether a
ballot counts, `count` computes the outcome. Figures of law stand in `voting/rules/*.toml` only.
"""
