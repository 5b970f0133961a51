// examples/docs/elevation/main.js
import { writeText } from "aether:fs";

export default async function publish({ page }) {
  const token = await aether.elevate({ hostWrite: "./site/index.html", reason: "to publish the page" });
  await writeText("./site/index.html", page, { through: token });    // on disk at once
}

export async function ask({ page }) {
  try {
    await writeText("./site/index.html", page, { through: true });
  } catch (error) {
    return [error.name, error.request];                              // `elevate` takes the latter
  }
}
