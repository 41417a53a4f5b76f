import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configExample } from "../../scripts/docs.ts";
import { generatedFiles, staleFiles } from "../../scripts/generate.ts";
import { parseConfig } from "../../src/cli/config.ts";
import { checkCodes, exitCodes } from "../../src/cli/exit-codes.ts";
import { readingIds } from "../../src/xen/read/index.ts";

const files = generatedFiles();
const text = (path: string) => files.get(path) ?? "";

describe("generated files", () => {
  it("say so at their start", () => {
    for (const [path, content] of files)
      expect({ path, head: content.slice(0, 400) }).toEqual({ path, head: expect.stringMatching(/generated from/i) });
  });

  it("tell of every exit code and every reading", () => {
    for (const { code } of [...Object.values(exitCodes), ...Object.values(checkCodes)])
      expect(text("docs/exit-codes.md")).toContain(`| ${code} |`);
    for (const id of readingIds) expect(text("docs/readings.md")).toContain(`| \`${id}\` |`);
  });

  it("hold an example config that is taken", () => {
    expect(parseConfig({ text: configExample, file: "/x", home: "/h" })).toMatchObject({ ok: true });
    expect(text("docs/config.md")).toContain(configExample.trimEnd());
  });

  it("are told stale when they differ from what is there, and only then", () => {
    const base = mkdtempSync(join(tmpdir(), "xenha-generate-"));
    writeFileSync(join(base, "same.md"), "a\n");
    writeFileSync(join(base, "other.md"), "b\n");
    const wanted = new Map(["same.md", "other.md", "missing.md"].map((path) => [path, "a\n"]));
    expect(staleFiles(wanted, base)).toEqual(["other.md", "missing.md"]);
    rmSync(base, { recursive: true });
  });
});
