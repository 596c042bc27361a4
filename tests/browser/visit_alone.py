"""Inside a network namespace with loopback only: start the dashboard, open the first page, say what was seen."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browsers import LOCAL, opened
from tests.servers import is_healthy


def main() -> None:
    """Arguments: the port, then the command line of the dashboard."""
    port, command = int(sys.argv[1]), sys.argv[2:]
    routes = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout.strip()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            if not is_healthy(port, seconds=120):
                raise SystemExit("the dashboard did not answer")
            with opened(f"http://{LOCAL}:{port}") as (page, hosts):
                rows = page.locator(".panel tbody tr")
                rows.first.wait_for()
                sys.stdout.write(json.dumps({"rows": rows.count(), "hosts": sorted(set(hosts)), "routes": routes}))
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
