// examples/docs/together/asks/main.js
import { emit } from "aether:events";
import { call } from "aether:plugins";

export default async function run({ word }) {
  await emit("words.asked", { word });               // whoever listens is told; who that is, is not
  try {
    return await call("glossary.explain", { word }); // the plugin's name, a point, the method
  } catch (error) {
    if (error.code !== "ERR_PLUGIN") throw error;    // refused: PermissionDenied
    return `${error.called}: ${error.kind}`;         // the other plugin failed, and how
  }
}

export const heard = () => call("glossary.heard");
