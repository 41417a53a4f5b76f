/**
 * Few files to the first picture.
 *
 * esbuild puts modules into one file where the same entries need them, and each `import()` is an entry: what the screen shares with thirty of them
 * lay in forty files, and to find, read, check and link a file costs a third of a millisecond. Here entries that come to the same are made to need
 * the same: each brings in a whole group of what the screen needs as well, which leaves a file for each group. */
import { join, relative } from "node:path";
import type { Metafile, Plugin } from "esbuild";

/** Packages come along with those of ours that use them. */
const isOurs = (path: string): boolean => path.startsWith("src/");

type Inputs = Metafile["inputs"];

const FIRST = "src/main.ts";
const SCREEN = "src/main-screen.ts";

/**
 * Who needs a group. `screen`: what only a screen needs. `acting`: those that make plans as well, so that a check loads no planner. `common`: anybody.
 * `first` is loaded before all others, whoever they are.
 */
const groups = ["first", "common", "acting", "screen"] as const;
type Group = (typeof groups)[number];

const forScreens = /^src\/(?:main-screen|main-replay|views\/.*)\.tsx?$/;
const forActs = /^src\/cli\/(?:act|jobs)\.ts$/;
const groupsOf = (entry: string): readonly Group[] => {
  if (entry === FIRST) return ["first"];
  if (forScreens.test(entry)) return groups;
  return forActs.test(entry) ? ["first", "common", "acting"] : ["first", "common"];
};

export interface FewFiles {
  readonly members: ReadonlyMap<Group, readonly string[]>;
  readonly entries: ReadonlySet<string>;
}

/** From the graph of a bundle without groups; undefined: it has no screen. */
export function fewFilesOf({ inputs }: Metafile): FewFiles | undefined {
  if (inputs[SCREEN] === undefined) return undefined;
  const lazy = Object.values(inputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === "dynamic-import"));
  const entries = new Set([FIRST, ...lazy.flatMap(({ path, external }) => (external === true || !isOurs(path) ? [] : [path]))]);
  const needs = new Map([...entries].map((entry) => [entry, neededBy(entry, inputs)]));
  const groupOf = (path: string): Group => {
    const users = [...entries].filter((entry) => needs.get(entry)?.has(path));
    return groups.find((group) => users.some((entry) => groupsOf(entry).at(-1) === group)) ?? "screen";
  };
  const members = new Map<Group, string[]>(groups.map((group) => [group, []]));
  for (const path of neededBy(SCREEN, inputs)) if (isOurs(path)) members.get(groupOf(path))?.push(path);
  return { members, entries };
}

/** The entry, and all that runs before it. */
function neededBy(entry: string, inputs: Inputs): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const { kind, path: next, external } of inputs[path]?.imports ?? [])
      if (kind !== "dynamic-import" && external !== true) queue.push(next);
  }
  return found;
}

/** root: what the graph's paths are relative to. */
export const fewFiles = ({ members, entries }: FewFiles, root: string): Plugin => ({
  name: "few-files",
  setup({ onResolve, onLoad, resolve }) {
    const importing = (paths: readonly string[]): string => paths.map((path) => `import ${JSON.stringify(path)};`).join("\n");
    // What is asked for late is asked for together with its groups.
    onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const found = await resolve(path, { kind: "import-statement", importer, resolveDir });
      const entry = relative(root, found.path);
      return entries.has(entry) ? { path: entry, namespace: "entry" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "entry" }, ({ path }) => ({
      contents: `${importing(groupsOf(path).map((group) => `group:${group}`))}\nexport * from ${JSON.stringify(join(root, path))};`,
      resolveDir: root,
    }));
    onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice("group:".length), namespace: "group" }));
    onLoad({ filter: /.*/, namespace: "group" }, ({ path }) => ({
      contents: importing((members.get(path as Group) ?? []).map((member) => join(root, member))),
      resolveDir: root,
    }));
  },
});
