#!/usr/bin/env python3
"""A stand-in for a paid service: today's exchange rates, for whoever has the key.

    RATES_KEY=... python3 server.py [PORT]
"""

import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = os.environ["RATES_KEY"]
RATES = {"date": "2026-01-02", "base": "EUR", "rates": {"CHF": 0.94, "GBP": 0.87, "USD": 1.17}}


class Rates(BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given, f"Bearer {KEY}"):
            return self.say(401, {"error": "no key, or another"})
        if self.path != "/v1/rates":
            return self.say(404, {"error": "there is nothing else"})
        self.say(200, RATES)

    def say(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8765), Rates)
    print(f"http://localhost:{server.server_port}/v1/rates", flush=True)
    server.serve_forever()
