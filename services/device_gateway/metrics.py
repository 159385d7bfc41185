"""What the device gateway counts, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

LINKS = Gauge("kkt_links", "Links of registers that were let in.")
HELLOS = Counter("kkt_hellos_total", "Hellos by what became of them.", ("result",))
LINKS_CLOSED = Counter("kkt_links_closed_total", "Links that the gateway closed, by reason.", ("reason",))
CHUNKS = Counter("kkt_chunks_total", "Chunks of goods sent.")
CHUNK_BYTES = Counter("kkt_chunk_bytes_total", "Bytes of goods sent in chunks.")
CHUNK_HITS = Counter("kkt_chunk_cache_hits_total", "Chunks found in the cache.")
CHUNK_MISSES = Counter("kkt_chunk_cache_misses_total", "Chunks that had to be fetched.")
CHUNK_CACHE_BYTES = Gauge("kkt_chunk_cache_bytes", "Bytes of chunks in the cache.")
POKE_TO_SEND = Histogram(
    "kkt_poke_to_send_seconds",
    "From a poke to the first message that it made us send.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
REPORTS_REPEATED = Counter("kkt_reports_repeated_total", "Reports that had to be sent again because nobody answered.")
