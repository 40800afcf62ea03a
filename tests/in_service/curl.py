"""Stands in for ``curl --fail --retry …`` on a machine of the tests: waits until the address answers with 200."""

from __future__ import annotations

import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen


def main(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(address, timeout=5) as answer:
                print(answer.read().decode(), end="")
                return
        except HTTPError as error:
            sys.exit(f"{address}: {error.code} {error.read().decode()}")
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[-1])
