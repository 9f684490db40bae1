"""Applications to the Registrar's office, and the bye-laws that it registered."""
