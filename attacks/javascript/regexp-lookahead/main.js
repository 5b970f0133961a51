// Inside a lookahead an engine looks less often whether it must stop.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  return /(?=(a*)*b)(?:(?=(a+)+$)a)*c/.test("a".repeat(40)) || /(?:(?=(x+x+)+y)|.)*z/.test("x".repeat(5000));
}
