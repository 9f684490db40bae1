"""Sentences of faults and questions about files, in both languages, by what they are about."""
