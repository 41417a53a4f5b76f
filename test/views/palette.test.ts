import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandsOf, keyLabels } from "../../src/views/commands.ts";
import { COPY_BYTES_MAX, copyEscape, copyOf } from "../../src/views/copy.ts";
import { fuzzyScore } from "../../src/views/fuzzy.ts";
import { renderKeysDoc } from "../../src/views/keys-doc.ts";
import { panes } from "../../src/views/panes/index.ts";

describe("the palette's search", () => {
  const best = (query: string, names: readonly string[]): string | undefined =>
    [...names].sort((a, b) => (fuzzyScore(query, b) ?? -1) - (fuzzyScore(query, a) ?? -1))[0];

  it.each([
    ["web1", ["db01", "web10", "web01", "web1"], "web1"],
    ["sm", ["system", "sort by memory", "smtp"], "smtp"],
    ["by mem", ["sort by cpu", "sort by memory"], "sort by memory"],
  ])("%s finds best of %j: %s", (query, names, found) => {
    expect(best(query, names)).toBe(found);
  });

  it("finds what holds the letters in order, and nothing else", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c]{0,5}$/), fc.stringMatching(/^[a-e ]{0,12}$/), (query, name) => {
        const expected = new RegExp([...query].join(".*")).test(name);
        expect(fuzzyScore(query, name) !== undefined).toBe(expected);
      }),
    );
  });
});

describe("a copy", () => {
  it("holds whole rows up to the limit, and says how many", () => {
    const row = "x".repeat(1_023);
    const { text, rows, rows_total } = copyOf(Array.from({ length: 100 }, () => row));
    expect({ rows, rows_total }).toEqual({ rows: 64, rows_total: 100 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(COPY_BYTES_MAX);
    expect(copyOf(["a  ", "b"])).toEqual({ text: "a\nb", rows: 2, rows_total: 2 });
  });

  it("is base64 to the terminal: no text can end the sequence", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape itself is checked
        expect(copyEscape(text, false)).toMatch(/^\x1b\]52;c;[A-Za-z0-9+/=]*\x07$/);
      }),
    );
  });
});

describe("docs/keys.md", () => {
  it("names every command with its keys", () => {
    const doc = renderKeysDoc();
    for (const command of [...commandsOf(panes, "acts"), ...commandsOf(panes, "replays")]) {
      const { description } = command;
      const row = doc.split("\n").find((line) => line.includes(description));
      expect(row, description).toBeDefined();
      expect(row).toContain("`");
      for (const label of keyLabels(command)) expect(row).toContain(`\`${label}\``);
      expect(keyLabels(command).length).toBeGreaterThan(0);
    }
  });
});
