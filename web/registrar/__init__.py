"""The Registrar's desk: the live board, an alert's page, the steps an officer takes."""
