"""`python -m tests.link_client --id ID --server URL --until-revision N`: link, take a load, print the goods as JSON."""

import argparse
import json

from tests.link_client.client import LinkClient


def main() -> None:
    """Run until the register holds the revision, or a newer one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--id", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--serial", default="04009999")
    parser.add_argument("--until-revision", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=60.0)
    told = parser.parse_args()
    client = LinkClient(told.id, told.server, serial=told.serial)
    memory = client.memory
    client.run(lambda: memory.revision is not None and memory.revision >= told.until_revision, told.timeout)
    goods = [memory.goods[code] for code in sorted(memory.goods)]
    print(json.dumps({"revision": memory.revision, **memory.told(), "base": goods}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
