// The code is harmless: what lies beside it attacks.
export default () => ({ plain: true });
