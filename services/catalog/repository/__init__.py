"""What this room asks of the database inside one account's walls."""
