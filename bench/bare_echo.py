"""The floor of the link: asyncio streams that carry the same chunks and wait for acknowledgements, nothing else.

`python -m bench.bare_echo serve PORT CHUNKS BYTES WINDOW` sends that many chunks of that size to each client, with at
most WINDOW unacknowledged; `python -m bench.bare_echo take PORT CLIENTS` takes them and acknowledges each with a byte.
"""

import asyncio
import struct
import sys
import time

_LENGTH = struct.Struct("!I")


async def serve(port: int, chunks: int, size: int, window: int) -> None:
    """Listen until killed."""
    frame = _LENGTH.pack(size) + b"x" * size

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = answered = 0
        while answered < chunks:
            while sent < chunks and sent - answered < window:
                writer.write(frame)
                sent += 1
            await writer.drain()
            answered += len(await reader.read(1024))
        writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", port, backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


async def take(port: int, clients: int) -> None:
    """Take everything; print the seconds."""

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:
                (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                await reader.readexactly(size)
                writer.write(b"a")
        except asyncio.IncompleteReadError:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[2:]]
    asyncio.run(serve(*numbers) if sys.argv[1] == "serve" else take(*numbers))
