export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (let i = 0; ; i++) {
    kept.push(new Intl.DateTimeFormat("de", { dateStyle: "full", timeZone: i & 1 ? "UTC" : "America/New_York" }));
    kept.push(new Intl.NumberFormat("ar", { style: "currency", currency: "EUR" }), new Intl.Collator("sv"), new Intl.Segmenter("th", { granularity: "word" }).segment("x".repeat(1000))[Symbol.iterator]());
  }
}
