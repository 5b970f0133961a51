"""Counts the lines and words of the notes in the workspace, and watches them for changes.

    aether call counter count
    aether call counter watch --input '{"seconds": 5}'

It has one thread. `watch` takes its time, so it is not a loop of its own: between two looks the plugin
goes back to its door, where the host can cancel it or ask for something else meanwhile.
"""

import time

import notes
from door import Door

STEP = 0.25  # seconds between two looks


class Watch:
    """A call of `watch` that is not answered yet."""

    def __init__(self, call, seconds):
        self.call, self.seconds = call, seconds
        self.begun = time.monotonic()
        self.next = self.begun + STEP
        self.looks, self.changed, self.state = 0, set(), notes.state()

    def look(self):
        """Looks once. The result when the time is up, None before."""
        state = notes.state()
        self.looks += 1
        self.changed |= {file for file, _ in self.state.items() ^ state.items()}
        self.state = state
        self.next += STEP
        passed = (time.monotonic() - self.begun) / self.seconds
        message = f"{len(self.changed)} changed"
        progress = {"call": self.call, "fraction": min(passed, 1), "message": message}
        door.say(method="call.progress", params=progress)
        if passed < 1:
            return None
        return {"seconds": self.seconds, "looks": self.looks, "changed": sorted(self.changed)}


def count(call):
    found = notes.all_notes()
    counted = []
    for done, path in enumerate(found):
        progress = {"call": call, "fraction": done / len(found), "message": notes.name(path)}
        door.say(method="call.progress", params=progress)
        counted.append(notes.count(path))
    total = {key: sum(note[key] for note in counted) for key in ("lines", "words", "bytes")}
    fields = {"notes": len(counted), **total}
    door.say(method="log.write", params={"level": "info", "message": "counted", "fields": fields})
    return {"notes": counted, "total": total}


def give(call, output):
    door.say(id=call, result={"output": {"json": output}})


def fail(call, error):
    data = {"kind": "exception", "name": type(error).__name__}
    door.say(id=call, error={"code": -32000, "message": str(error), "data": data})


def serve(message):
    """Does what the host says. False means that it wants the plugin to end."""
    call, method, params = message.get("id"), message["method"], message.get("params", {})
    if method == "shutdown":
        return False
    if method == "hello":
        door.say(id=call, result={"protocol": 1, "engine": "python"})
    elif method == "load":
        door.say(id=call, result={"exports": ["count", "watch"]})
    elif method == "cancel":
        if watches.pop(params["id"], None):
            fail(params["id"], InterruptedError("cancelled"))
    elif method == "call":
        try:
            if params["method"] == "count":
                give(call, count(call))
            else:
                watches[call] = Watch(call, params["input"]["json"].get("seconds", 5))
        except OSError as error:
            fail(call, error)
    return True


def look():
    """Looks once for every watch whose turn it is, and answers those whose time is up."""
    for watch in [watch for watch in watches.values() if watch.next <= time.monotonic()]:
        try:
            output = watch.look()
        except OSError as error:
            del watches[watch.call]
            fail(watch.call, error)
            continue
        if output is not None:
            del watches[watch.call]
            give(watch.call, output)


def main():
    while True:
        turn = min((watch.next for watch in watches.values()), default=None)
        wait = None if turn is None else max(0, turn - time.monotonic())
        messages = door.messages(wait)
        if messages is None or not all(serve(message) for message in messages):
            return
        look()


door = Door()
watches = {}
main()
