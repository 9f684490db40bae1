"""The society's desk: books, balance sheets, members and their keys, meetings."""
