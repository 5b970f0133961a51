"""Counts words, remembers how often, and tells what it is refused."""

import collections
import itertools
import json
import socket

host = socket.socket(fileno=3)
lines, numbers, waiting = host.makefile(), itertools.count(1), []


# What the engines of the other two call these errors of the protocol.
CODES = {-32001: "ERR_ACCESS_DENIED", -32040: "ERR_CAPABILITY_REQUIRED"}


class Refused(Exception):
    """The host did not do what was asked."""


def tell(**message):
    host.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def ask(what, /, **params):
    number = f"mine-{next(numbers)}"
    tell(id=number, method=what, params=params)
    while (message := json.loads(next(lines))).get("id") != number:
        waiting.append(message)  # another call; its turn is later
    if "error" in message:
        raise Refused(CODES[message["error"]["code"]])
    return message["result"]


def code_of(what, /, **params):
    try:
        ask(what, **params)
        return "none"
    except Refused as refused:
        return str(refused)


def run(text):
    counts = sorted(collections.Counter(text.split(" ")).items())
    fields = {"words": len(counts)}
    tell(method="log.write", params={"level": "info", "message": "counted", "fields": fields})
    visits = (ask("kv.get", key="visits")["value"] or {"json": 0})["json"] + 1
    ask("kv.set", key="visits", value={"json": visits})
    language = ask("env.get", name="LANG")["value"]
    ask("events.emit", topic="tally.counted", data={"json": {"visits": visits}})
    refused = {
        "host": code_of("http.fetch", url="http://denied.example/"),
        "plugin": code_of("plugins.call", method="nobody.anything", input={"json": {}}),
        "secret": code_of("secret.get", name="key"),
        "topic": code_of("events.emit", topic="other.topic", data={"json": None}),
        "variable": code_of("env.get", name="HOME"),
    }
    return {"counts": counts, "language": language, "refused": refused, "visits": visits}


def answer(method, params):
    if method == "hello":
        return {"protocol": 1, "engine": "python"}
    if method == "load":
        return {"exports": ["run"]}
    return {"output": {"json": run(params["input"]["json"]["text"])}}


def requests():
    for line in lines:
        waiting.append(json.loads(line))
        while waiting:
            yield waiting.pop(0)


for request in requests():
    if request["method"] == "shutdown":
        break
    if "id" not in request:
        continue
    try:
        tell(id=request["id"], result=answer(request["method"], request["params"]))
    except Exception as error:
        data = {"kind": "exception", "name": type(error).__name__}
        tell(id=request["id"], error={"code": -32000, "message": str(error), "data": data})
