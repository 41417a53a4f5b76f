/**
 * Node's own modules, loaded when something of them is called instead of when they are imported.
 *
 * Importing one runs it, with everything that it builds on: crypto costs 5 ms of a start that should take 150, child_process, assert, util, v8 and
 * zlib 2 to 4 each, the facade of `process` 4 more, though the object is there all the time. The first picture needs nothing of them.
 */
import { createRequire } from "node:module";
import type { Plugin } from "esbuild";

/** Imported statically in the bundle, and called later than that. */
const late = /^node:(?:child_process|crypto|util|v8|zlib)$/;

/** An import of what is neither a function nor an object of functions fails when the bundle is made. */
function lateModule(name: string): string {
  const real: Readonly<Record<string, unknown>> = createRequire(import.meta.url)(name);
  const isClass = (value: object): boolean => "prototype" in value && Object.keys(Object(value.prototype)).length > 0;
  const exported = Object.entries(real).flatMap(([key, value]) => {
    if (typeof value === "function") return isClass(value) ? [] : [`export const ${key} = (...given) => load().${key}(...given);`];
    if (typeof value !== "object" || value === null) return [];
    return [`export const ${key} = /* @__PURE__ */ new Proxy({}, { get: (_, name) => load().${key}[name] });`];
  });
  return [`let loaded;\nconst load = () => (loaded ??= require(${JSON.stringify(name)}));`, ...exported].join("\n");
}

/** The names that are imported of it, beside the object itself. */
const PROCESS = "export default process;\nexport const { cwd, env } = process;\n";

/** signal-exit asserts one thing, of each of its calls. */
const ASSERT = "export function equal(actual, expected, message) { if (actual != expected) throw new TypeError(message); }\n";
const signalExit = /[\\/]node_modules[\\/]signal-exit[\\/]/;

export const lateNode: Plugin = {
  name: "late-node",
  setup({ onResolve, onLoad }) {
    const resolveTo = (path: string) => ({ path, namespace: "late-node", sideEffects: false });
    onResolve({ filter: late }, ({ path, kind }) => (kind === "import-statement" ? resolveTo(path) : undefined));
    onResolve({ filter: /^node:process$/ }, ({ path }) => resolveTo(path));
    onResolve({ filter: /^assert$/ }, ({ path, importer }) => (signalExit.test(importer) ? resolveTo(path) : undefined));
    onLoad({ filter: /.*/, namespace: "late-node" }, ({ path }) => ({
      contents: path === "node:process" ? PROCESS : path === "assert" ? ASSERT : lateModule(path),
    }));
  },
};
