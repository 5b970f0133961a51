// Small programs that compute: each export returns a number that is the same in every engine, so that a
// faster one that is wrong is seen. They run unchanged in a cell, in Node and in Deno.

/** Numbers that look random and are always the same. xorshift32. */
function random(seed) {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

/** Calls. */
export function fibonacci() {
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  return fib(31);
}

/** Floating point on a few objects. */
export function planets() {
  const bodies = [];
  const next = random(1);
  for (let i = 0; i < 5; i++) {
    bodies.push({ x: next(), y: next(), z: next(), vx: 0, vy: 0, vz: 0, mass: next() + 0.1 });
  }
  for (let step = 0; step < 150_000; step++) {
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i];
      for (let j = i + 1; j < bodies.length; j++) {
        const b = bodies[j];
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const squared = dx * dx + dy * dy + dz * dz + 0.01;
        const pull = 0.0001 / (squared * Math.sqrt(squared));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (const body of bodies) {
      body.x += body.vx * 0.001;
      body.y += body.vy * 0.001;
      body.z += body.vz * 0.001;
    }
  }
  return Math.round(bodies.reduce((sum, body) => sum + body.x + body.y + body.z, 0) * 1e9);
}

/** Whole numbers in a typed array. */
export function primes() {
  const most = 8_000_000;
  const composite = new Uint8Array(most + 1);
  let count = 0;
  for (let n = 2; n <= most; n++) {
    if (composite[n]) continue;
    count++;
    for (let m = n * n; m <= most; m += n) composite[m] = 1;
  }
  return count;
}

/** Floating point in typed arrays. */
export function matrices() {
  const size = 320;
  const next = random(2);
  const a = Float64Array.from({ length: size * size }, next);
  const b = Float64Array.from({ length: size * size }, next);
  const c = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      for (let j = 0; j < size; j++) c[i * size + j] += factor * b[k * size + j];
    }
  }
  return Math.round(c.reduce((sum, value) => sum + value, 0));
}

/** Bits: SHA-256 of a megabyte, by hand. */
export function digest() {
  const k = new Uint32Array(64);
  const h = new Uint32Array(8);
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
    if (!isPrime) continue;
    if (found < 8) h[found] = (Math.sqrt(n) % 1) * 4294967296;
    k[found++] = (Math.cbrt(n) % 1) * 4294967296;
  }
  const w = new Uint32Array(64);
  const turn = (value, by) => (value >>> by) | (value << (32 - by));
  const next = random(3);
  for (let block = 0; block < 40_000; block++) {
    for (let i = 0; i < 16; i++) w[i] = next() * 4294967296;
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (last + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      last = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += last;
  }
  return h[0];
}

/** Objects, closures and a Map: the shortest way through a maze. */
export function ways() {
  const size = 400;
  const next = random(4);
  const walls = new Set();
  for (let i = 0; i < size * size * 0.3; i++) walls.add(Math.floor(next() * size * size));
  walls.delete(0);
  const seen = new Map([[0, 0]]);
  let edge = [{ x: 0, y: 0 }];
  let steps = 0;
  while (edge.length > 0) {
    steps++;
    const further = [];
    for (const { x, y } of edge) {
      for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) {
        const to = { x: x + dx, y: y + dy };
        const key = to.y * size + to.x;
        if (to.x < 0 || to.y < 0 || to.x >= size || to.y >= size) continue;
        if (walls.has(key) || seen.has(key)) continue;
        seen.set(key, steps);
        further.push(to);
      }
    }
    edge = further;
  }
  return seen.size * 10_000 + steps;
}

/** A program of many small objects that come and go. */
export function trees() {
  class Node {
    constructor(depth) {
      this.left = depth > 0 ? new Node(depth - 1) : null;
      this.right = depth > 0 ? new Node(depth - 1) : null;
    }
    count() {
      return 1 + (this.left?.count() ?? 0) + (this.right?.count() ?? 0);
    }
  }
  const kept = new Node(15);
  let count = 0;
  for (let i = 0; i < 200; i++) count += new Node(11).count();
  return count + kept.count();
}

/** JSON there and back. */
export function json() {
  const next = random(5);
  const rows = Array.from({ length: 6_000 }, (_, id) => ({
    id, name: `row ${id}`, value: Math.floor(next() * 1e9), tags: ["a", "b", `t${id % 7}`],
    place: { x: Math.floor(next() * 1e6), y: Math.floor(next() * 1e6) }, open: id % 3 === 0,
  }));
  let text = JSON.stringify(rows);
  for (let i = 0; i < 5; i++) text = JSON.stringify(JSON.parse(text));
  return text.length;
}

/** Text: words counted with a regular expression, and sorted. */
export function words() {
  const next = random(6);
  const letters = "abcdefghij";
  let text = "";
  for (let i = 0; i < 150_000; i++) {
    const length = 1 + Math.floor(next() * 4);
    for (let j = 0; j < length; j++) text += letters[Math.floor(next() * 10)];
    text += i % 11 === 0 ? ", " : " ";
  }
  const counts = new Map();
  for (const [word] of text.matchAll(/[a-z]+/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.length * 1_000 + sorted[0][1];
}

/** Numbers sorted by a function. */
export function sorting() {
  const next = random(7);
  const numbers = Array.from({ length: 250_000 }, next);
  numbers.sort((a, b) => a - b);
  return Math.round(numbers[125_000] * 1e9);
}

/** Large whole numbers: digits of pi. */
export function digits() {
  let [q, r, t, k, n, l] = [1n, 0n, 1n, 1n, 3n, 3n];
  let sum = 0;
  for (let found = 0; found < 700;) {
    if (4n * q + r - t < n * t) {
      sum = (sum * 31 + Number(n)) % 1_000_003;
      found++;
      [q, r, n] = [10n * q, 10n * (r - n * t), (10n * (3n * q + r)) / t - 10n * n];
    } else {
      [q, r, t, k, n, l] = [
        q * k, (2n * q + r) * l, t * l, k + 1n, (q * (7n * k + 2n) + r * l) / (t * l), l + 2n,
      ];
    }
  }
  return sum;
}

/** Promises and generators. */
export async function turns() {
  function* count(to) {
    for (let i = 0; i < to; i++) yield i;
  }
  let sum = 0;
  const add = async (value) => {
    sum = (sum + (await value)) % 1_000_003;
  };
  for (const value of count(150_000)) await add(value);
  return sum;
}
