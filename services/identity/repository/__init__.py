"""What this room asks of the database inside one account's walls: one file a noun, the account first."""
