// A server on loopback that counts who comes, and serves a page that holds a sandboxed frame as a panel's is.

import { createServer } from "node:http";

const PAGES = {
  "/outside": '<!doctype html><iframe sandbox="allow-scripts" src="/inside"></iframe>',
  "/inside": "<!doctype html><title>inside</title>",
};

export async function countingServer() {
  const seen = [];
  const server = createServer((request, response) => {
    const page = PAGES[request.url];
    if (!page) seen.push(request.url);
    response.setHeader("Content-Type", "text/html");
    // Whoever gets here at all may read the answer: only what holds a panel keeps it from that.
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end(page ?? "<!doctype html>reached");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** The addresses that were asked for, the two pages apart. */
    seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
