// Bundles src into ../static/dist: app.js with the chart and editor chunks that pages load when they need them,
// app.css, and noscript.css.
import { rm } from "node:fs/promises";
import { build } from "esbuild";

const outdir = new URL("../static/dist", import.meta.url).pathname;
await rm(outdir, { recursive: true, force: true });
const result = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/app.ts", "src/app.css", "src/noscript.css"],
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15.4"],
  minify: true,
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
  console.log(`${String(Math.round(bytes / 1024)).padStart(6)} KiB  ${file.replace("../static/dist/", "")}`);
}
