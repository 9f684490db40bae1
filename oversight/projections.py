"""The projections of the oversight floor: its sealed entries as rows (`trust.log.projections`)."""
