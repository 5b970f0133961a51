// examples/docs/blobs/main.js
import * as blob from "aether:blob";

export default async function run() {
  const name = await blob.create(new Uint8Array(1_000_000)); // or a text; never changes again
  await blob.send(name, "charts");                     // lets that plugin read it
  const buffer = await blob.open(name);                // an ArrayBuffer, this plugin's own
  await blob.drop(name);                               // gone for everybody
  const gone = await blob.open(name).catch((error) => error.code);
  return { bytes: buffer.byteLength, gone };
}
