"""Real proxies on loopback, HTTP (CONNECT and full URLs) and SOCKS5, which tests can stop.

RFC 9110 (CONNECT), RFC 7617 (Basic), RFC 1928 and 1929 (SOCKS5 and its user name and password).
"""

import asyncio
import base64
from contextlib import suppress
from typing import Self

USER, PASSWORD = "khazar", "p@ss:word"


class Proxy:
    """A proxy; use it as an async context manager.

    Attributes:
        targets: hosts that clients asked for, in order.
        hangs_up: whether it closes new connections at once.
        hung_up: number of connections that it closed at once.
    """

    def __init__(self, scheme: str, *, guarded: bool = False) -> None:
        self.targets: list[str] = []
        self.hangs_up = False
        self.hung_up = 0
        self._scheme = scheme
        self._guarded = guarded
        self._port = 0
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Address for the setting, with user name and password if the proxy requires them."""
        credentials = f"{USER}:{PASSWORD.replace('@', '%40').replace(':', '%3A')}@"
        return f"{self._scheme}://{credentials if self._guarded else ''}127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._listener = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, reuse_address=True
        )
        self._port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Cut all connections and refuse new ones until `start`."""
        if self._listener is not None:
            self._listener.close()
        await self.cut()

    async def cut(self) -> None:
        """Cut all connections."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.hangs_up:
                self.hung_up += 1
            else:
                await (self._http if self._scheme == "http" else self._socks5)(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one side has hung up, or the proxy is stopped
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if not line:
            return
        method, target, _ = line.decode().split()
        headers = b""
        while (header := await reader.readline()) not in (b"\r\n", b""):
            headers += header
        proof = base64.b64encode(f"{USER}:{PASSWORD}".encode())
        if self._guarded and b"basic " + proof.lower() not in headers.lower():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                         b"Content-Length: 0\r\n\r\n")  # fmt: skip
            await writer.drain()
            return
        if method == "CONNECT":
            await self._pipe(target, b"", reader, writer, b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            await self._pipe(target.split("/")[2], line + headers + b"\r\n", reader, writer)

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x02" if self._guarded else b"\x05\x00")
        if self._guarded:
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            known = (user.decode(), password.decode()) == (USER, PASSWORD)
            writer.write(b"\x01\x00" if known else b"\x01\x01")
            if not known:
                return
        *_, kind = await reader.readexactly(4)
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        place = await reader.readexactly(length)
        host = ".".join(map(str, place)) if kind == 1 else place.decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        await self._pipe(f"{host}:{port}", b"", reader, writer, b"\x05\x00\x00\x01" + bytes(6))

    async def _pipe(
        self,
        target: str,
        first: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        greeting: bytes = b"",
    ) -> None:
        self.targets.append(target)
        host, _, port = target.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(greeting)
        far_writer.write(first)
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.close()
