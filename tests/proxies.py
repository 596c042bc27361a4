"""nginx for tests: the configuration of docs/nginx.conf, with ports and a self-signed certificate of our own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.browsers import LOCAL

NGINX, OPENSSL = shutil.which("nginx"), shutil.which("openssl")
DOCUMENTED = Path(__file__).resolve().parents[1] / "docs" / "nginx.conf"


@contextmanager
def nginx(folder: Path, *, port: int, behind: int, others: Sequence[int] = ()) -> Iterator[str]:
    """nginx with TLS on `port` of this machine before the servers on `behind` and `others`; its address.

    The file `visits` tells each request's server, and the cookie by which it was chosen.
    """
    assert NGINX is not None
    assert OPENSSL is not None
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            OPENSSL,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={LOCAL}",
            "-addext",
            f"subjectAltName=IP:{LOCAL}",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    replaced = {
        "listen 443 ssl": f"listen {LOCAL}:{port} ssl",
        "routecast.example.org": LOCAL,
        "/etc/ssl/routecast.pem": str(certificate),
        "/etc/ssl/routecast.key": str(key),
        "server 127.0.0.1:8501;": " ".join(f"server {LOCAL}:{each};" for each in (behind, *others)),
    }
    server = DOCUMENTED.read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in server
        server = server.replace(old, new)
    kept = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    told = f"log_format visits '$upstream_addr $routecast_server'; access_log {folder}/visits visits;"
    main = f"daemon off; pid {folder}/pid; error_log {folder}/errors;\nevents {{}}\nhttp {{ {told} {kept}\n"
    (folder / "nginx.conf").write_text(f"{main}{server}}}\n", encoding="utf-8")
    with subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL) as running:
        try:
            _wait_for(port)
            yield f"https://{LOCAL}:{port}"
        finally:
            running.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((LOCAL, port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nginx does not listen on port {port}")
