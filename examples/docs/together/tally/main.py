"""Counts how often each word was asked for."""

import json
import socket

host = socket.socket(fileno=3)
asked = {}


def tell(**message):
    host.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


for line in host.makefile():
    message = json.loads(line)
    method = message.get("method")
    if method == "hello":
        result = {"protocol": 1, "engine": "python"}
    elif method == "load":
        tell(id="listen", method="events.on", params={"topic": "words.asked"})
        result = {"exports": ["total"]}
    elif method == "event":
        word = message["params"]["data"]["json"]["word"]
        asked[word] = asked.get(word, 0) + 1
        result = {}
    elif method == "call":
        result = {"output": {"json": asked}}
    elif method == "shutdown":
        break
    else:
        continue  # the answer to `events.on`, and other notifications
    tell(id=message["id"], result=result)
