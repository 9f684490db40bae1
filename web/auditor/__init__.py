"""The auditor's desk: societies of an area, packages, entries with openings."""
