"""What the catalog does, as plain functions: their tools are arguments."""
