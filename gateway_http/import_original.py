"""The file of an import as it was sent, for whoever wants it back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import falcon.asgi

from services.contracts.imports import ImportView

ONE_C = "one_c"  # the format whose files have a mark of having been loaded

ReadPart = Callable[[int], Awaitable[bytes]]


async def answer_original(resp: falcon.asgi.Response, view: ImportView, read_part: ReadPart) -> None:
    """Answer with the file, part by part. Whatever it is, no browser may take it for a page of ours."""
    first = await read_part(0) if view.parts else b""  # a refusal must come before the answer begins

    async def body() -> AsyncIterator[bytes]:
        yield first
        for number in range(1, view.parts):
            yield await read_part(number)

    resp.status = falcon.HTTP_200
    resp.content_type = "application/octet-stream"
    plain = "".join(char if char.isascii() and char not in '"\\;' else "_" for char in view.filename)
    resp.set_header("Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(view.filename)}")
    resp.stream = body()
