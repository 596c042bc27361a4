"""Try to bound every withheld count from all that partners and the public were given, and keep the result.

`python -m benchmarks.attack STORE [--region western_balkans] [--periods 4]`; exit code 3 where a count is bounded too
narrowly, or there is nothing to attack. `routecast safeguards` and an edition's documents show the result.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.attack.store import attack_store
from geo.pack.load import load_region
from pipelines.editions.edition import EditionError
from pipelines.store.atomic import json_bytes, write_atomically
from pipelines.store.paths import Store
from routecast.commands.safeguards import attack_result, attack_state
from routecast.terminal.errors import REFUSED
from routecast.terminal.progress import progress_bars


def main(arguments: list[str] | None = None) -> int:
    """Attack, write the result file, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--region", default="western_balkans", help="a pack's id, or its folder")
    parser.add_argument("--periods", type=int, default=4, help="the newest periods; 0: all (minutes)")
    chosen = parser.parse_args(arguments)
    store, region = Store(chosen.store), load_region(chosen.region)
    try:
        with progress_bars() as progress:
            result = attack_store(store, region, periods=chosen.periods, progress=progress)
    except EditionError as error:
        print(error, file=sys.stderr)
        return REFUSED
    write_atomically(attack_result(store), json_bytes(result.plain(when=datetime.now(tz=UTC).date().isoformat())))
    print(attack_state(store))
    if result.narrowest is not None:
        print(
            f"Editions {', '.join(result.editions)}; narrowest interval {result.narrowest:,.0f} counts, "
            f"{region.disclosure.protection_width} are asked for."
        )
    return REFUSED if result.narrow else 0


if __name__ == "__main__":
    sys.exit(main())
