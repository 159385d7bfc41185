"""The goods base as a file: one module for each format. What comes out, the import takes back unchanged.

A writer takes pages of items, one in memory at a time, and yields the bytes of the file.
"""
