// The accomplice waits, and never says that it came to its act.
export const act = () => new Promise((done) => setTimeout(done, 15000));
export default (input, ctx) => { ctx.log.info("armed"); return { inert: true }; };
