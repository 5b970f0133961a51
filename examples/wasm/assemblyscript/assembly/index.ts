// Numbers in, numbers out: what a core module does without any host.

/** The greatest number that divides both. */
export function gcd(a: i32, b: i32): i32 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

/** How many primes there are below a number. */
export function primesBelow(end: i32): i32 {
  assert(end <= 1_000_000, "that takes too long");
  const sieve = new StaticArray<bool>(end < 2 ? 2 : end);
  let found = 0;
  for (let at = 2; at < end; at++) {
    if (sieve[at]) continue;
    found++;
    for (let next = at + at; next < end; next += at) sieve[next] = true;
  }
  return found;
}
