// The code is harmless: the manifest is what attacks.
export default () => ({ plain: true });
