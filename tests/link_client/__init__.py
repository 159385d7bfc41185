"""A register written from docs/register-link.md alone: the standard library and a WebSocket client, nothing of ours.

If this client and the product disagree, the page is wrong, or one of the two is.
"""
