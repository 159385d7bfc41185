"""A file's way from the request to the catalog room: streamed, counted, cut into parts, never whole in memory."""

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import PurePosixPath

import falcon
import falcon.asgi
import falcon.asgi.multipart
import falcon.asgi.reader
from msgspec import Struct

from gateway_http.bus import Bus
from gateway_http.problems import MalformedForm
from services.contracts.imports import UPLOAD_MAX_BYTES, UPLOAD_PART_BYTES, FileTooLarge, ImportsRpc, UploadIncomplete
from services.contracts.values import UploadId, UserActor

PARTS_AT_ONCE = 4  # under way to the room: half a MiB of memory
READ_BYTES = 64 * 1024  # at once from the socket
FORM_OVERHEAD = 64 * 1024  # bytes that a multipart form may have around its file
MAX_FILENAME = 200  # characters
MAX_FIELD = 4096  # bytes of a small field before the file
_UPLOADS = uuid.UUID("6f1b9a4e-6f0c-4c0e-9a57-3a8f54b7a4d1")  # namespace of upload ids made from a caller's key


class Uploaded(Struct, frozen=True):
    """A file whose parts are all with the catalog room."""

    upload: UploadId
    parts: int
    size: int
    sha256: str
    filename: str


def upload_id(actor: UserActor, key: str | None) -> UploadId:
    """A new upload; the same one again for a request that is repeated under its Idempotency-Key."""
    if key is None:
        return UploadId(str(uuid.uuid4()))
    return UploadId(str(uuid.uuid5(_UPLOADS, json.dumps([actor.account, actor.user, key]))))


def clean_filename(name: str | None) -> str:
    """The last part of the name that the sender gave, printable and short: it is shown, never opened."""
    base = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(char for char in base if char.isprintable())[:MAX_FILENAME] or "import"


async def counted(stream: AsyncIterator[bytes], limit: int, promised: int | None = None) -> AsyncIterator[bytes]:
    """The body as it arrives.

    Raises FileTooLarge as soon as more than `limit` bytes came, UploadIncomplete if fewer came than were `promised`.
    """
    seen = 0
    async for block in stream:
        seen += len(block)
        if seen > limit:
            raise FileTooLarge(limit=UPLOAD_MAX_BYTES)
        yield block
    if promised is not None and seen < promised:
        raise UploadIncomplete


async def line_broke(req: falcon.asgi.Request) -> bool:
    """Whether a body that has ended did so because the line broke.

    A body in chunks says nothing of its length, and the framework ends it in silence either way: only the server below
    knows, and answers at once if so.
    """
    try:
        async with asyncio.timeout(0.005):
            event = await req._receive()
    except TimeoutError:
        return False
    return bool(event["type"] == "http.disconnect")


async def upload_body(
    req: falcon.asgi.Request,
    bus: Bus,
    actor: UserActor,
    upload: UploadId,
    filename: str | None,
    check_field: Callable[[str, str], None] | None = None,
) -> Uploaded:
    """Take the file out of the request: field `file` of a multipart form, or the raw body.

    `check_field(name, text)` sees the small fields that stand before the file and may refuse by raising (a page's CSRF
    token). Raises FileTooLarge (by Content-Length before anything is read, else while counting), MalformedForm, and
    UploadIncomplete when the line broke.
    """
    form = (req.content_type or "").lower().startswith(falcon.MEDIA_MULTIPART)
    limit = UPLOAD_MAX_BYTES + (FORM_OVERHEAD if form else 0)
    if (req.content_length or 0) > limit:
        raise FileTooLarge(limit=UPLOAD_MAX_BYTES)
    body = counted(aiter(req.stream), limit, req.content_length)
    if not form:
        reader = falcon.asgi.reader.BufferedReader(body, READ_BYTES)
        file = await _send_parts(reader, bus, actor, upload, filename)
        if req.content_length is None and await line_broke(req):
            raise UploadIncomplete
        return file
    handler = falcon.media.MultipartFormHandler()
    try:
        parts = await handler.deserialize_async(
            falcon.asgi.reader.BufferedReader(body, READ_BYTES), req.content_type, req.content_length
        )
        async for part in parts:
            if part.name == "file":
                return await _send_parts(part.stream, bus, actor, upload, filename or part.filename)
            if check_field is not None:
                check_field(part.name or "", (await part.stream.read(MAX_FIELD)).decode(errors="replace"))
    except (falcon.HTTPError, UnicodeError) as error:
        raise MalformedForm from error
    raise MalformedForm


async def _send_parts(
    reader: falcon.asgi.reader.BufferedReader, bus: Bus, actor: UserActor, upload: UploadId, filename: str | None
) -> Uploaded:
    digest = hashlib.sha256()
    size = number = 0
    sending: set[asyncio.Task[int]] = set()  # at most PARTS_AT_ONCE
    try:
        while part := await _read_exactly(reader, UPLOAD_PART_BYTES):  # ends: `counted` bounds the body
            size += len(part)
            if size > UPLOAD_MAX_BYTES:
                raise FileTooLarge(limit=UPLOAD_MAX_BYTES)
            digest.update(part)
            sending.add(asyncio.create_task(bus.call(ImportsRpc.upload_part, actor, upload, number, part)))
            number += 1
            if len(sending) == PARTS_AT_ONCE:
                done, sending = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                for sent in done:
                    sent.result()
        await asyncio.gather(*sending)
    finally:
        for unsent in sending:
            unsent.cancel()
    return Uploaded(upload, number, size, digest.hexdigest(), clean_filename(filename))


async def _read_exactly(reader: falcon.asgi.reader.BufferedReader, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    blocks: list[bytes] = []
    missing = size
    while missing and (block := await reader.read(missing)):
        blocks.append(block)
        missing -= len(block)
    return b"".join(blocks)
