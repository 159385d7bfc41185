"""The register link without I/O: what docs/register-link.md says in words, as types and state objects.

Purpose
    A gateway moves bytes and asks the core; this package knows what the bytes mean. The programs at the register's
    side (`devices/`) use the same frames and messages. It imports contracts, msgspec and the standard library, and
    knows no socket, no clock and no event loop: whoever drives it passes the time in.

The map
    values, register_messages, server_messages   what may be said, each field with its limit
    messages, frames                             text and binary frames to those types and back
    errors                                       what can be wrong with bytes, and the close codes
    timings                                      deadlines, tries, bounds
    session                                      `Unidentified`, then `Identified`: the server's side of one link
    load_sender                                  the server's side of one load, until it is in the register's buffer
    outputs                                      what a session wants done or known
    pending                                      requests that wait for their answers

How a gateway drives it
    1. A socket opens: `Unidentified(now)`. Feed it text and binary frames and, at `.deadline`, `tick(now)`. It
       returns outputs: `Send` goes to the socket, `Close` ends it (`.reason.code`, `.text`), `HelloReceived` goes to
       the core. Meanwhile read no further frames of this link, or keep them: there is nothing to feed them to.
    2. The core's verdict: `admit(now, epoch, server_time, heartbeat_seconds)` gives the `Identified` link and the
       welcome to send, `refuse(code, retry_after)` the refusal and the close. The hello holds the register's key:
       hash it (SHA-256) before it goes any further; its `repr` leaves it out.
    3. From then on frames go to `text_received(text, now)` / `binary_received(frame)`, and `tick(now)` is due when
       `deadline()` is reached; ask for the deadline again after every call.
    4. The core's work: `LoadGoods` → `start_load(LoadPlan(…), now)`; `ApplyGoods` → `apply_load(exchange, now)`, which
       needs no load of this link: the register knows its buffer by the exchange; `AbortLoad` → `abort_load`;
       `ReadSettings`, `TestLink` and the like → `ask(lambda id: …, now)`.
    5. A load asks for `NeedChunk` (answer: `chunk_ready`, in any order) and `NeedPrefix` (answer: `prefix_ready` with
       the SHA-256 of the first n chunks). Whoever cannot fetch them calls `abort_load` or leaves the link be: the load
       stands still and harms nothing. `LoadBegan`, `LoadRestarted`, `LoadProgress`, `LoadWaiting`, `LoadBuffered`,
       `LoadApplied`, `LoadFailed` and `LoadAborted` are what the core is to be told, each with its exchange. Nothing
       is switched before `apply_load`, so that the core can still cancel a buffered load.
    6. A newer link of the same register: `replaced()` on the old one. The process stops: `drain(seconds, now)`.

What must hold
    - Outputs are carried out in order, one link's calls are serial, and after `Close` the session is silent: a frame
      that still arrives gives no outputs.
    - `now` never goes back (a monotonic clock in seconds); `server_time` is the only wall clock.
    - No input makes a method raise. What raises are mistakes of the driver: `LoadUnderWay`, `TooManyRequests`, and
      `MalformedFrame` from `chunk_ready` when the fetched lines are no chunk.
    - A load is known by its exchange across links, and by its SHA-256 across exchanges: a buffer goes on where it
      stood when the bytes are the same.
    - Memory of a link: at most `timings.window` chunks and `timings.max_requests` requests.
"""
