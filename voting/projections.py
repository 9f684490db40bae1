"""The projections of the voting floor: its sealed entries as rows (`trust.log.projections`)."""
