"""Run the benchmarks on SQLite and on a Postgres of our own, and fail where a limit does not hold."""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import emails, requests
from tests.services import PostgresServer, RedisServer

BENCHMARKS: dict[str, Callable[[str, str, str, argparse.Namespace], list[str]]] = {
    "requests": requests.run,
    "emails": emails.run,
}


def main() -> None:
    """Run what the command line names, or everything."""
    options = _options()
    os.environ["ENVIRONMENT"] = "development"  # keys need not be strong, in none of our processes
    with tempfile.TemporaryDirectory(prefix="notifi-bench-") as path:
        folder = Path(path)
        folder.chmod(0o755)
        redis = RedisServer(folder / "redis")
        (folder / "postgres").mkdir()
        postgres = PostgresServer(folder / "postgres")
        failures = []
        try:
            for name in [options.benchmark] if options.benchmark else BENCHMARKS:
                urls = {"SQLite": f"sqlite:///{folder / name}.db", "Postgres": postgres.create(name)}
                for kind, url in urls.items():
                    failures += BENCHMARKS[name](kind, url, redis.url, options)
        finally:
            postgres.close()
            redis.close()
    raise SystemExit("\n".join(failures) or None)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("benchmark", nargs="?", choices=BENCHMARKS, help="this one alone")
    parser.add_argument("--rounds", type=int, default=200, help="requests of each kind and size")
    parser.add_argument("--sizes", type=int, nargs="+", default=requests.SIZES, help="mailboxes")
    parser.add_argument("--emails", type=int, default=1000, help="emails of a round")
    parser.add_argument("--sends", type=int, default=200, help="notifications sent one by one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
