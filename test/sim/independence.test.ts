import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../src/sim/", import.meta.url));
const files = readdirSync(root, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts"));

describe("the simulated pair", () => {
  it("shares no code with the parsers: of src/xen/read it uses the table and types, and calls no `parse`", () => {
    expect(files.length).toBeGreaterThan(60);
    for (const file of files) {
      const text = readFileSync(root + file, "utf8");
      const from = [...text.matchAll(/^import (type )?[^;]*? from "((?:\.\.\/)+xen\/[^"]+)"/gms)].map(([, type, path = ""]) => ({
        type: type !== undefined,
        path: path.replace(/^(?:\.\.\/)+/, ""),
      }));
      for (const { type, path } of from) {
        if (path.startsWith("xen/read/")) expect(type || path === "xen/read/index.ts", `${file} imports ${path}`).toBe(true);
        else expect(path, file).toMatch(/^xen\/(?:model\/ids|host\/(?:link|wire))\.ts$/);
      }
      expect(text, file).not.toMatch(/\.parse\(/);
    }
  });

  it("asks no clock, no chance and no machine but where a person drives it or ssh serves it", () => {
    for (const file of files.filter((name) => name !== "clock.ts" && !name.startsWith("ssh/")))
      expect(readFileSync(root + file, "utf8"), file).not.toMatch(
        /Date\.now|Math\.random|setTimeout|setInterval|node:(?:fs|net|child_process|os)/,
      );
  });
});
