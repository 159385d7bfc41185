"""What changes in an account, told at once to whoever looks: the hub between the bus and open streams.

One subscription of the process serves all streams; an account is bound while somebody looks at it (and a little
longer, so that a reconnecting page can go on where it was). Everything here is lossy by design: a stream that missed
something, for whatever reason, is told `resync` and reads its page anew. It never holds back the bus or the others.
"""
