"""Style sheets, scripts and icons: read once at boot, served from memory under a name that holds their hash.

A name with a hash never changes its bytes, so browsers may keep it for a year; a new release has new names.
"""

import gzip
import hashlib
import mimetypes
from pathlib import Path

import falcon
import falcon.asgi
import msgspec

STATIC_DIR = Path(__file__).parent / "static"
SUFFIXES = frozenset({".css", ".js", ".svg"})
DIGEST_DIGITS = 12
GZIP_FROM_BYTES = 1024  # smaller files travel as they are


class StaticFile(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    url: str
    content_type: str
    body: bytes
    packed: bytes | None  # gzip


def _load(path: Path, name: str) -> StaticFile:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:DIGEST_DIGITS]
    kind = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    return StaticFile(
        url=f"/static/{digest}/{name}",
        content_type=f"{kind}; charset=utf-8",
        body=body,
        packed=gzip.compress(body, 9, mtime=0) if len(body) >= GZIP_FROM_BYTES else None,
    )


class StaticFiles:
    """All static files; the resource behind `/static/{digest}/{name}`."""

    max_body_bytes = 0
    open_to_all = True

    def __init__(self, folder: Path = STATIC_DIR) -> None:
        self.files = {
            path.name: _load(path, path.name)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in SUFFIXES
        }

    def url(self, name: str) -> str:
        """The address of a file by its name. Raises KeyError: a template asks for what is not there."""
        return self.files[name].url

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, digest: str, name: str) -> None:
        file = self.files.get(name)
        if file is None or file.url != f"/static/{digest}/{name}":
            raise falcon.HTTPNotFound
        resp.content_type = file.content_type
        resp.set_header("Cache-Control", "public, max-age=31536000, immutable")
        if file.packed is not None:
            resp.append_header("Vary", "Accept-Encoding")
            if "gzip" in (req.get_header("Accept-Encoding") or ""):
                resp.set_header("Content-Encoding", "gzip")
                resp.data = file.packed
                return
        resp.data = file.body
