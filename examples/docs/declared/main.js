// examples/docs/declared/main.js
export const half = ({ of }) => of / 2;
