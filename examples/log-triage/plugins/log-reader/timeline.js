// How events spread over time, in a bounded number of buckets that grow wider as the time gets longer.

import { show } from "./times.js";

const MAX_BUCKETS = 96;
/** Seconds per bucket: 1, 5, 15 minutes, 1, 3, 6 hours, a day, a week, four weeks; then doubling. */
const WIDTHS = [60, 300, 900, 3600, 10800, 21600, 86400, 604800, 2419200];

/** Exact counts per bucket; the width is the smallest that fits. */
export class Timeline {
  constructor() {
    this.hasYear = true;
    this.step = 0;
    this.width = WIDTHS[0];
    this.counts = new Map(); // bucket number -> count
    this.low = Infinity;
    this.high = -Infinity;
  }

  add(at, hasYear) {
    this.hasYear = hasYear;
    const bucket = Math.floor(at / this.width);
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + 1);
    if (bucket < this.low) this.low = bucket;
    if (bucket > this.high) this.high = bucket;
    while (this.high - this.low >= MAX_BUCKETS) this.widen();
  }

  widen() {
    this.step += 1;
    const old = this.width;
    this.width = WIDTHS[this.step] ?? old * 2;
    const counts = new Map();
    for (const [bucket, count] of this.counts) {
      const wider = Math.floor((bucket * old) / this.width);
      counts.set(wider, (counts.get(wider) ?? 0) + count);
    }
    this.counts = counts;
    this.low = Math.min(...counts.keys());
    this.high = Math.max(...counts.keys());
  }

  /** { start, end, width (seconds), counts }, empty buckets included; null when no event had a date. */
  toJSON() {
    if (this.counts.size === 0) return null;
    const counts = [];
    for (let bucket = this.low; bucket <= this.high; bucket += 1) counts.push(this.counts.get(bucket) ?? 0);
    return {
      start: show(this.low * this.width, this.hasYear),
      end: show((this.high + 1) * this.width, this.hasYear),
      width: this.width,
      counts,
    };
  }
}
