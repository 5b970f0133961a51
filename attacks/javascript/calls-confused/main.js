// Contexts of calls that are over must be good for nothing.
let kept;

export default async function run({ step }, ctx) {
  ctx.log.info("armed");
  if (step === 1) { kept = ctx; return { step }; }
  const outcomes = [];
  for (const act of [() => kept.progress(0.5, "late"), () => kept.signal.aborted, () => kept.log.info("late"), () => Object.assign(ctx, { method: "other" }), () => { ctx.deadline = Infinity; }, () => Object.defineProperty(ctx, "deadline", { value: Infinity })]) {
    try { outcomes.push(String(act())); } catch (error) { outcomes.push(error.name); }
  }
  return { outcomes, method: ctx.method };
}
