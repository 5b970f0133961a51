"""The door to the host, for plugins in Python: one line of JSON-RPC for each message."""

import json
import os
import socket

_host = socket.socket(fileno=int(os.environ["AETHER_FD"]))


def log(message, level="info", **fields):
    """Writes a line of the log."""
    _tell(method="log.write", params={"level": level, "message": message, "fields": fields})


def serve(*methods):
    """Answers the host until it says goodbye. Each method is called with its input."""
    by_name = {method.__name__: method for method in methods}

    def answer(method, params, files):
        if method == "hello":
            return {"protocol": 1, "engine": "python", "attachments": True}
        if method == "load":
            return {"exports": list(by_name)}
        return {"output": {"json": by_name[params["method"]](_value(params["input"], files))}}

    for line, files in _lines():
        request = json.loads(line)
        if request["method"] == "shutdown":
            break
        if "id" not in request:
            continue
        try:
            _tell(id=request["id"], result=answer(request["method"], request["params"], files))
        except Exception as error:
            data = {"kind": "exception", "name": type(error).__name__}
            _tell(id=request["id"], error={"code": -32000, "message": str(error), "data": data})


def _tell(**message):
    _host.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def _lines():
    """What the host says, with the files that came along and nobody has taken yet."""
    said, files = b"", []
    while True:
        line, end, rest = said.partition(b"\n")
        if end:
            said = rest
            yield line, files
            continue
        more, came, _flags, _address = socket.recv_fds(_host, 1 << 16, 4)
        if not more:
            return
        said += more
        files += came


def _value(payload, files):
    """A large value lies in a file in memory, because `hello` said that we take such."""
    if "blob" not in payload:
        return payload["json"]
    with open(files.pop(0), "rb") as file:
        file.seek(0)
        return json.load(file)
