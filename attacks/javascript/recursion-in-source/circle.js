import "./circle.js";
import * as self from "./circle.js";
export * from "./circle.js";
export default () => self;
