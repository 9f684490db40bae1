"""When files are due: one dated TOML file for each calendar; `oversight/filing.py` reads them."""
