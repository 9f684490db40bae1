"""The kinds of record, a module for each subject; `trust/formats/records.py` is the registry."""
