"""The door to the host, for plugins in Python: one line of JSON-RPC for each message."""

import json
import os
import socket

_host = socket.socket(fileno=int(os.environ["AETHER_FD"])).makefile("rw")


def _tell(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), file=_host, flush=True)


def log(message, level="info", **fields):
    """Writes a line of the log."""
    _tell(method="log.write", params={"level": level, "message": message, "fields": fields})


def serve(*methods):
    """Answers the host until it says goodbye. Each method is called with its input."""
    by_name = {method.__name__: method for method in methods}

    def answer(method, params):
        if method == "hello":
            return {"protocol": 1, "engine": "python"}
        if method == "load":
            return {"exports": list(by_name)}
        return {"output": {"json": by_name[params["method"]](params["input"]["json"])}}

    for line in _host:
        request = json.loads(line)
        if request["method"] == "shutdown":
            break
        if "id" not in request:
            continue
        try:
            _tell(id=request["id"], result=answer(request["method"], request["params"]))
        except Exception as error:
            data = {"kind": "exception", "name": type(error).__name__}
            _tell(id=request["id"], error={"code": -32000, "message": str(error), "data": data})
