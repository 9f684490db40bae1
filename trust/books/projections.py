"""The projections of the books room: its sealed entries as rows (`trust.log.projections`)."""
