import { describe, expect, it } from "vitest";
import type { Tone } from "../../src/views/pane.ts";
import { toAscii } from "../../src/views/symbols.ts";
import { createSink } from "../../src/views/terminal/sink.ts";
import { widthOfCodePoint } from "../../src/views/terminal/width.ts";
import { colourDepths, createTheme, lookOf } from "../../src/views/theme.ts";

const tones: readonly Tone[] = ["plain", "dim", "ok", "info", "warning", "critical", "unknown", "accent", "title", "stale"];

describe("what the terminal can show is found out", () => {
  it.each([
    [{ TERM: "xterm-256color", COLORTERM: "truecolor" }, "truecolor"],
    [{ TERM: "xterm-kitty" }, "truecolor"],
    [{ TERM: "screen-256color" }, "256"],
    [{ TERM: "xterm" }, "16"],
    [{ TERM: "linux" }, "16"],
    [{ TERM: "vt100" }, "none"],
    [{ TERM: "dumb" }, "none"],
    [{}, "none"],
    [{ TERM: "xterm-256color", COLORTERM: "truecolor", NO_COLOR: "1" }, "none"],
    [{ TERM: "xterm-256color", NO_COLOR: "" }, "256"],
  ])("%j: %s", (env, depth) => {
    expect(lookOf({}, env).depth).toBe(depth);
    expect(lookOf({ depth: "16" }, env).depth).toBe("16");
  });

  it.each([
    [{ COLORFGBG: "0;15" }, true],
    [{ COLORFGBG: "0;default;7" }, true],
    [{ COLORFGBG: "15;0" }, false],
    [{}, false],
  ])("%j: light %s", (env, light) => {
    expect(lookOf({}, env).light).toBe(light);
    expect(lookOf({ light: true }, env).light).toBe(true);
  });

  it.each([
    [{ LANG: "en_US.UTF-8" }, false],
    [{ LANG: "C.utf8" }, false],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, true],
    [{ LANG: "C", LC_CTYPE: "de_DE.UTF-8" }, false],
    [{ LC_ALL: "", LANG: "C.UTF-8" }, false],
    [{ LANG: "en_US.UTF-8", TERM: "linux" }, true],
    [{}, true],
  ])("%j: ascii %s", (env, ascii) => {
    expect(lookOf({}, env).ascii).toBe(ascii);
    expect(lookOf({ ascii: false }, env).ascii).toBe(false);
  });
});

describe("bytes", () => {
  const background = Array.from({ length: 60 }, () => "z".repeat(200));
  const cases = colourDepths.flatMap((depth) =>
    [false, true].flatMap((light) => tones.map((tone) => [depth, light ? "light" : "dark", tone] as const)),
  );

  it.each(cases)(
    "%s %s: a %s letter in the last rows and columns costs at most 32 bytes, and so does taking it away",
    (depth, shade, tone) => {
      const theme = createTheme({ depth, light: shade === "light", ascii: false });
      const writes: string[] = [];
      const sink = createSink(
        {
          columns: 200,
          rows: 60,
          write: (bytes, done) => {
            writes.push(bytes);
            done();
          },
        },
        { idle: () => undefined, error: () => undefined },
      );
      const changed = [...background];
      changed[58] = `${"z".repeat(197)}${theme.encode([{ text: "x", tone }])}zz`;
      for (const frame of [background, changed, background]) sink.frame(frame.join("\n"));
      expect(Buffer.byteLength(writes[1] ?? "")).toBeLessThanOrEqual(32);
      expect(Buffer.byteLength(writes[2] ?? "")).toBeLessThanOrEqual(32);
      expect(writes).toHaveLength(3);
    },
  );
});

describe("lines", () => {
  it("no colour means bold and inverse at most", () => {
    const theme = createTheme({ depth: "none", light: false, ascii: false });
    for (const tone of tones) {
      for (const emphasis of ["none", "cursor", "cursor_elsewhere"] as const) {
        const parameters = [...theme.encode([{ text: "x", tone, bold: true, inverse: true }], emphasis).matchAll(/\[([\d;]*)m/g)].flatMap(
          ([, found = ""]) => found.split(";"),
        );
        for (const parameter of parameters) expect(["0", "1", "7"]).toContain(parameter);
      }
    }
  });

  it("every style is closed at its end", () => {
    for (const depth of colourDepths) {
      const theme = createTheme({ depth, light: false, ascii: false });
      for (const tone of tones) {
        const text = theme.encode([{ text: "x", tone, bold: true }], "cursor");
        expect(text.endsWith("\x1b[0m") || !text.includes("\x1b")).toBe(true);
      }
    }
  });

  it("ascii keeps the number of columns, whatever the text", () => {
    const columns = (code: number): number => widthOfCodePoint(code);
    for (const [text, shown] of [
      ["✓ ok ▲ ✗ │ ─ …", "+ ok ! X | - >"],
      ["größe", "gr??e"],
      ["你好", "????"],
      ["\u0301", ""],
      ["plain", "plain"],
    ] as const) {
      expect(toAscii(text, columns)).toBe(shown);
    }
  });
});
