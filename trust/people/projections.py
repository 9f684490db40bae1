"""The projections of the people room: its sealed entries as rows (`trust.log.projections`)."""
