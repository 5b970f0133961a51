// It returns what is wanted and never came to a probe.
export default () => ({ inert: true });
