/** The rooms of the house and which doors lead where. docs/ARCHITECTURE.md says why. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));

interface Import {
  readonly from: string;
  /** A file of ours (`src/...`), or a package's or Node's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const statement =
  /(?:^|\n)\s*(?:import|export)\s+(?<type>type\s)?(?:[^"';]*?\sfrom\s+)?["'](?<to>[^"']+)["']|import\(\s*["'](?<lazy>[^"']+)["']\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(statement)].map(({ groups }) => {
    const to = groups?.to ?? groups?.lazy ?? "";
    return {
      from: file,
      to: to.startsWith(".") ? relative(root, join(root, dirname(file), to)) : to,
      typeOnly: groups?.type !== undefined,
    };
  });
}

const sources = files("src");
const imports = sources.flatMap(importsOf);

/** Folder -> the folders of src it may import from (itself always). Longest prefix counts. */
const doors: Readonly<Record<string, readonly string[]>> = {
  "src/xen/model": [],
  "src/xen/read": ["src/xen/model"],
  "src/xen/host": ["src/xen/model", "src/xen/read"],
  "src/state": ["src/xen"],
  "src/views": ["src/xen", "src/state"],
  "src/cli": ["src/xen", "src/state", "schema"],
  "src/sim": ["src/xen/host/link.ts", "src/xen/host/wire.ts", "src/xen/model/ids.ts", "src/xen/read/index.ts", "src/xen/read/reading.ts"],
  "src/main": ["src"],
};

const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}.`) || path.startsWith(`${folder}-`);
const roomOf = (path: string): string | undefined =>
  Object.keys(doors)
    .filter((room) => within(path, room))
    .sort((a, b) => b.length - a.length)[0];

describe("the architecture", () => {
  it("puts every file in a room", () => {
    // Each file but the leaves imports something: were fewer found, the search for imports would be broken.
    expect(imports.filter(({ to }) => to.startsWith("src/")).length).toBeGreaterThan(sources.length);
    expect(sources.filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  it("has imports in one direction only", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to.startsWith("src/") && !to.startsWith("schema/")) return false;
      const room = roomOf(from) ?? "";
      return !within(to, room) && !(doors[room] ?? []).some((door) => within(to, door));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("has no circle of imports", () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) if (to.startsWith("src/") && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("keeps effects out of the pure middle", () => {
    const pure = ["src/xen/model", "src/xen/read", "src/state", "src/views/panes", "src/sim/model", "src/sim/format"];
    const effects = /^(node:(fs|net|child_process|http|https|process|os|timers|tty|dgram|worker_threads|readline)|ssh2|ink|zustand)/;
    const wrong = imports.filter(({ from, to, typeOnly }) => !typeOnly && pure.some((folder) => within(from, folder)) && effects.test(to));
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
    const clocks = sources.filter(
      (file) =>
        pure.some((folder) => within(file, folder)) &&
        /\b(Date\.now|Math\.random|setTimeout|setInterval|process\.)\b/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(clocks).toEqual([]);
  });

  it("opens ssh2, Ink and React only where they belong", () => {
    const only: Readonly<Record<string, readonly string[]>> = {
      ssh2: ["src/xen/host", "src/sim/ssh"],
      ink: ["src/views"],
      react: ["src/views"],
      zustand: ["src/views", "src/main", "src/state"],
      "@xterm/headless": ["src/views/console"],
    };
    const wrong = imports.filter(
      ({ from, to, typeOnly }) => !typeOnly && Object.hasOwn(only, to) && !(only[to] ?? []).some((folder) => within(from, folder)),
    );
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("lets no test fail because a machine is busy", () => {
    const own = files("test").filter((file) => !file.startsWith("test/lab/") && file !== "test/architecture.test.ts");
    // The one limit is vitest.config.ts's: it only turns a hang into a failure.
    expect(own.filter((file) => /\{ timeout: [\d_]+,? \}|\bretry: \d/.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
  });

  it("names no machine and no registry", () => {
    const texts = [
      ...sources,
      ...files("test").filter((file) => !file.startsWith("test/lab/") && file !== "test/architecture.test.ts"),
      ...files("scripts"),
      ...files("bench"),
    ];
    const wrong = texts.filter((file) => /(^|[^\w.])\/(work|tmp\/xenlab)\//.test(readFileSync(join(root, file), "utf8")));
    expect(wrong).toEqual([]);
  });
});
