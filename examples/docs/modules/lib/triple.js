export const triple = (number) => 3 * number;
