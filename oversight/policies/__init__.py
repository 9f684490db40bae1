"""Policies proposed for adoption, one dated TOML file each."""
