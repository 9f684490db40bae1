"""The member's desk: my society, my votes, my receipts."""
