/**
 * Bundles src/main.ts and everything it needs into dist/: one ESM file to start with, and chunks that are loaded when they are needed
 * (screen, ssh2, simulated pair). What is in dist runs on Node >= 22 with no node_modules beside it.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { fewFiles, fewFilesOf } from "./bundle/few-files.ts";
import { lateNode } from "./bundle/late-node.ts";
import { licences } from "./licences.ts";

const root = join(import.meta.dirname, "..");

/** CommonJS inside (ssh2) asks for these; ESM doesn't have them. */
const banner = [
  'import { createRequire as xenhaCreateRequire } from "node:module";',
  "const require = xenhaCreateRequire(import.meta.url);",
  "const __filename = import.meta.filename;",
  "const __dirname = import.meta.dirname;",
].join("\n");

/** Only for a developer's React inspector, which a console on a jump host doesn't start. */
const withoutDevtools: Plugin = {
  name: "without-devtools",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "without-devtools" }));
    onLoad({ filter: /.*/, namespace: "without-devtools" }, () => ({ contents: "export default {};" }));
  },
};

/** ssh2 can do without its native helpers and says so itself; they would tie the bundle to one machine. */
const withoutNative: Plugin = {
  name: "without-native",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: "without-native" }));
    onLoad({ filter: /.*/, namespace: "without-native" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not bundled`)});`,
    }));
  },
};

/** See bundle/string-width.ts: the package costs a sixth of the start, once for each version of it. */
const lightStringWidth: Plugin = {
  name: "light-string-width",
  setup({ onResolve }) {
    onResolve({ filter: /^string-width$/ }, () => ({ path: join(import.meta.dirname, "bundle/string-width.ts") }));
  },
};

export interface Bundling {
  readonly outdir: string;
  /** What dist/main.js is made of; another one for a measurement that needs the same bundle around its own program. */
  readonly entry?: string;
  readonly plugins?: readonly Plugin[];
}

export async function bundle(bundling: Bundling): Promise<Metafile> {
  const plain = await made(bundling);
  const few = fewFilesOf(plain.metafile);
  const { metafile, outputFiles } =
    few === undefined ? plain : await made({ ...bundling, plugins: [fewFiles(few, root), ...(bundling.plugins ?? [])] });
  const { outdir } = bundling;
  replace(outdir, [...outputFiles, { path: join(outdir, LICENCES), contents: licences(metafile, root) }]);
  return metafile;
}

const made = ({ outdir, entry = "src/main.ts", plugins = [] }: Bundling) =>
  build({
    entryPoints: { main: join(root, entry) },
    outdir,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    // Names stay, so that a crash report can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    // What `@license` comments say stays where the code is; the licences themselves are beside the bundle.
    legalComments: "inline",
    banner: { js: banner },
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.DEV": '"false"',
      // yoga would read its own data: URL through it and drag undici in: 13 ms of the start.
      fetch: "undefined",
      // A browser's: Node makes one when it is looked at, with all that it offers.
      "globalThis.navigator": "undefined",
      "Intl.Segmenter": "LateSegmenter",
      "Intl.Collator": "LateCollator",
    },
    inject: [join(import.meta.dirname, "bundle/late-intl.ts")],
    plugins: [withoutDevtools, withoutNative, lightStringWidth, lateNode, ...plugins],
    metafile: true,
    write: false,
    logLevel: "warning",
    absWorkingDir: root,
  });

const LICENCES = "THIRD-PARTY-LICENSES.txt";

/** A console that is started meanwhile finds the old bundle or the new one, whole: chunks are named by content and main.js comes last. */
function replace(outdir: string, files: readonly { readonly path: string; readonly contents: string | Uint8Array }[]): void {
  mkdirSync(outdir, { recursive: true });
  const isEntry = (path: string): boolean => basename(path) === "main.js";
  for (const { path, contents } of [...files].sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) {
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }
  const kept = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(outdir)) if (!kept.has(name)) rmSync(join(outdir, name), { recursive: true });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const started_ms = performance.now();
  const { outputs } = await bundle({ outdir: join(root, "dist") });
  const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
  const took = Math.round(performance.now() - started_ms);
  console.log(`dist: ${Object.keys(outputs).length} files, ${Math.round(bytes / 1024)} KiB, ${took} ms`);
}
