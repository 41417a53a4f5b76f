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
    const exit = text("docs/exit-codes.md");
    expect(staleFiles(new Map([["docs/exit-codes.md", exit]]))).toEqual([]);
    expect(
      staleFiles(
        new Map([
          ["docs/exit-codes.md", `${exit}x`],
          ["docs/no-such-file.md", ""],
        ]),
      ),
    ).toEqual(["docs/exit-codes.md", "docs/no-such-file.md"]);
  });
});
