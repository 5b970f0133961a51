"""The door to the host: lines of JSON-RPC on the descriptor that the host names in AETHER_FD."""

import json
import os
import select
import socket


class Door:
    def __init__(self):
        self._socket = socket.socket(fileno=int(os.environ["AETHER_FD"]))
        self._rest = b""

    def say(self, **message):
        self._socket.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def messages(self, wait):
        """What the host has said, as a list. It waits `wait` seconds at most, or for ever where it is None.

        None in place of the list means that the host is gone.
        """
        ready, _, _ = select.select([self._socket], [], [], wait)
        if not ready:
            return []
        received = self._socket.recv(65536)
        if not received:
            return None
        *lines, self._rest = (self._rest + received).split(b"\n")
        return [json.loads(line) for line in lines]
