"""The device gateway: holds the links of registers, carries bytes and questions, and decides nothing.

    server        sockets and the life of the process
    newcomers     sockets that have not said hello yet, bounded in all and by address
    caller_address where a register calls from, also behind proxies
    link          one register's socket and session, from its hello to its end
    register_work what the core wants of one register, done over its link and reported
    serial_jobs   conversations with the core, one at a time for a register
    connections   which register has which link: the newest wins; pokes find their link here
    hello_desk    lets registers in, a bounded number at a time
    heartbeats    heartbeats, told in batches
    progress      how far loads are, told in batches
    chunk_feed    fetches the chunks that the load of one link needs
    chunk_store   chunks of price lists, fetched once for a thousand registers
    plans         what the core and the link say in different words
    core          the gateway's questions to the rooms
    tools         all that links share
    metrics       what is counted
    protocol/     what the bytes mean, without I/O

What must hold: a register has one link in a process, and of several processes only that with the newest epoch counts;
the broker has confirmed a register's binding before `due` is asked; reports are repeated until they are heard, under
one request id; every queue has a bound; nothing here survives the process, and nothing needs to.
"""
