"""The one way in which the commands say no: a sentence with the cure, and no traceback."""


class CommandRefusedError(Exception):
    """A command cannot go on for a reason that the person at the keyboard can mend.

    The text is one or two whole sentences: what is in the way, and what to do about it.
    """
