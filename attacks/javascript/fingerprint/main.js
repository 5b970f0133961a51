// A cell looks the same everywhere.
const shown = ({ locale, timeZone }) => `${locale} ${timeZone}`;

export default function run(input, ctx) {
  ctx.log.info("armed");
  return {
    offset: new Date().getTimezoneOffset(),
    july: new Date(2026, 6, 1).getTimezoneOffset(),
    zone: String(new Date(0)),
    locale: (1234.5).toLocaleString(),
    sorted: ["ä", "z", "a"].sort((a, b) => a.localeCompare(b)).join(""),
    intl: typeof Intl === "undefined" ? "none" : shown(Intl.DateTimeFormat().resolvedOptions()),
    navigator: typeof navigator,
    keys: Object.keys(ctx).sort().join(),
    plugin: Object.keys(ctx.plugin).sort().join(),
  };
}
