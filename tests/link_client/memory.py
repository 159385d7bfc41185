"""What the register keeps: its goods and its buffer. Small, and without any fault tolerance of its own."""

import hashlib
import json
from typing import Any

from tests.link_client.arithmetic import base_hash, canonical

SAME_LOAD = ("revision", "kind", "base", "chunks", "records", "bytes", "sha256", "base_hash")


class Refused(Exception):
    """The load fails: the fields of the error."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)
        self.fields = fields


class Buffer:
    """A load on its way in (section 4)."""

    def __init__(self, begin: dict[str, Any]) -> None:
        self.begin = begin
        self.exchange: str = begin["exchange"]
        self.chunks: list[bytes] = []
        self.buffered = False
        self.ordered = False

    def is_same_load(self, begin: dict[str, Any]) -> bool:
        """Section 4.1, rule 2."""
        return all(self.begin.get(name) == begin.get(name) for name in SAME_LOAD)

    @property
    def prefix(self) -> str:
        """SHA-256 of what is here."""
        return hashlib.sha256(b"".join(self.chunks)).hexdigest()

    def is_whole(self) -> bool:
        """Section 4.3: hash and number of bytes."""
        return self.prefix == self.begin["sha256"] and sum(map(len, self.chunks)) == self.begin["bytes"]


class Memory:
    """The goods held, by code, and the buffer."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.goods: dict[int, dict[str, Any]] = {}
        self.revision: int | None = None
        self.exchange: str | None = None
        self.load: str | None = None
        self.buffer: Buffer | None = None
        self.log: list[tuple[str, int]] = []

    def goods_state(self) -> dict[str, Any]:
        """Section 2.1, `goods`."""
        return {"revision": self.revision, **self.told(), "capacity": self.capacity}

    def told(self) -> dict[str, Any]:
        """Hash and count, reckoned from what is held."""
        return {"base_hash": base_hash(self.goods), "count": len(self.goods)}

    def buffer_state(self) -> dict[str, Any]:
        """Section 2.1, `buffer`."""
        buffer = self.buffer
        if buffer is None:
            return {"state": "empty"}
        return {
            "state": "buffered" if buffer.buffered else "receiving",
            "load": buffer.begin["sha256"],
            "exchange": buffer.exchange,
            "received": len(buffer.chunks),
            "prefix_sha256": buffer.prefix,
        }

    def next_goods(self) -> dict[int, dict[str, Any]]:
        """The base that the buffer makes; `Refused` if it may not be."""
        assert self.buffer is not None
        begin = self.buffer.begin
        goods = {} if begin["kind"] == "full" else dict(self.goods)
        seen: set[int] = set()
        for line in b"".join(self.buffer.chunks).decode("utf-8").split("\n")[:-1]:
            record = json.loads(line)
            code = record["code"]
            if canonical(record) != line:
                raise Refused(code="record_refused", register_code="094", record=code, field="line")
            if code in seen:
                raise Refused(code="duplicate_code", register_code="083", record=code)
            seen.add(code)
            if begin["kind"] == "delta" and record.get("deleted") is True:
                goods.pop(code, None)
            else:
                goods[code] = self._checked(record)
        if len(goods) > self.capacity:
            raise Refused(code="over_capacity", register_code="095")
        if base_hash(goods) != begin["base_hash"]:
            raise Refused(code="base_hash_wrong", register_code="083")
        return goods

    def _checked(self, record: dict[str, Any]) -> dict[str, Any]:
        """The three fields that are always there (section 7)."""
        for field, kind in (("code", int), ("name", str), ("price", int)):
            if type(record.get(field)) is not kind:
                raise Refused(code="record_refused", register_code="094", record=record.get("code", 0), field=field)
        if not 1 <= len(record["name"]) <= 56:
            raise Refused(code="record_refused", register_code="094", record=record["code"], field="name")
        return record

    def switch(self) -> None:
        """Section 4.4: the one step."""
        assert self.buffer is not None
        self.goods = self.next_goods()
        self.revision, self.exchange = self.buffer.begin["revision"], self.buffer.exchange
        self.load = self.buffer.begin["sha256"]
        self.log.append((self.buffer.exchange, self.buffer.begin["revision"]))
        self.buffer = None
