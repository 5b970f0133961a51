// The accomplice says that it acts, and returns.
export const act = (input, ctx) => ctx.log.info("accomplice armed");
export default (input, ctx) => { ctx.log.info("armed"); return { inert: true }; };
