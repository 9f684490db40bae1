"""The pages of offices: administrators, the Registrar's officers, federations."""
