"""How long each thing may take on a link, in seconds, and how often it may be tried. Written down in the documents."""

from msgspec import Struct


class Timings(Struct, frozen=True, kw_only=True):
    """Deadlines and bounds of one link; the defaults are the documented ones, tests shorten them."""

    hello: float = 10.0
    heartbeat: int = 30
    # A link is dead after this many heartbeats without any message.
    silent_beats: float = 2.5
    load_begin: float = 30.0
    # No acknowledgement for this long while chunks are under way; 8 chunks of 16 KiB at 2.2 KB/s take 60 s.
    chunk_ack: float = 60.0
    # A small controller hashes and checks the whole load in this time.
    load_end: float = 120.0
    load_apply: float = 120.0
    request: float = 30.0
    # Chunks sent and not acknowledged.
    window: int = 8
    # Loads started over because the hash was wrong, before the load fails as `hash_wrong`.
    hash_tries: int = 3
    # Deadlines missed in a row, without one more chunk received, before the load fails as `register_silent`.
    stall_tries: int = 3
    # The chunks in flight get this long to be acknowledged when the server stops.
    drain: float = 5.0
    # Requests waiting for their answers on one link.
    max_requests: int = 16
    # Messages that could not be used (unknown type, unexpected answer) before the link is closed.
    max_errors: int = 64

    @property
    def silence(self) -> float:
        """Seconds without a message after which a link is dead."""
        return self.heartbeat * self.silent_beats


DEFAULT_TIMINGS = Timings()
