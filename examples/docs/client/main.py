# examples/docs/client/main.py
import itertools, json, os, socket

host = socket.socket(fileno=int(os.environ["AETHER_FD"]))
lines, numbers, waiting = host.makefile(), itertools.count(1), []

def say(**message):
    host.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

def ask(method, **params):  # other calls can come before the answer: their turn is later
    number = f"mine-{next(numbers)}"
    say(id=number, method=method, params=params)
    while (message := json.loads(next(lines))).get("id") != number:
        waiting.append(message)
    if "error" in message:
        raise RuntimeError(message["error"]["message"])
    return message["result"]

def greet(input):
    visits = (ask("kv.get", key="visits")["value"] or {"json": 0})["json"] + 1
    ask("kv.set", key="visits", value={"json": visits})
    say(method="log.write", params={"level": "info", "message": f"visit {visits}"})
    return {"hello": input["name"], "visits": visits}

def answer(method, params):
    if method == "hello":
        return {"protocol": 1, "engine": "python", "needs": {"kv": 1, "log": 1}}
    if method == "load":
        return {"exports": ["greet"]}
    return {"output": {"json": greet(params["input"]["json"])}}  # one method, so one name

def requests():
    for line in lines:
        waiting.append(json.loads(line))
        while waiting:
            yield waiting.pop(0)

for request in requests():
    if request["method"] == "shutdown":
        break
    if "id" in request:  # `cancel` and `extend` have none, and want no answer
        try:
            say(id=request["id"], result=answer(request["method"], request["params"]))
        except Exception as error:
            data = {"kind": "exception", "name": type(error).__name__}
            say(id=request["id"], error={"code": -32000, "message": str(error), "data": data})
