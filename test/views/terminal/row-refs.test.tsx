import { PassThrough, Writable } from "node:stream";
import fc from "fast-check";
import { Box, render, Text } from "ink";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { App } from "../../../src/views/app.tsx";
import type { Line, Tone } from "../../../src/views/pane.ts";
import { createGridParser, type Grid } from "../../../src/views/terminal/grid.ts";
import { createInkStdout } from "../../../src/views/terminal/ink-stdout.ts";
import { createRowRefs } from "../../../src/views/terminal/row-refs.ts";
import { createStyleTable } from "../../../src/views/terminal/sgr.ts";
import { createTheme } from "../../../src/views/theme.ts";
import { fitLine } from "../../../src/views/widgets/text.ts";

const size = { columns: 30, rows: 4 };
const frames = { named: [] as string[], plain: [] as string[] };
const ink = (on: (frame: string) => void) => ({
  refs: createRowRefs(),
  sink: { frame: on },
});
const options = {
  stdin: new PassThrough(),
  stderr: new PassThrough(),
  debug: true,
  interactive: true,
  patchConsole: false,
  exitOnCtrlC: false,
};

const named = ink((frame) => frames.named.push(frame));
const tty = { ...size, write: () => undefined };
/** What Ink draws when it is given the rows themselves. */
const Plain = ({ rows }: { readonly rows: readonly string[] }) => (
  <Box flexDirection="column">
    {rows.map((text, y) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a row of the terminal is its place
      <Text key={y} wrap="truncate">
        {text}
      </Text>
    ))}
  </Box>
);
/** A stdout as wide as the terminal. */
function wholeWindow(): NodeJS.WritableStream {
  const write = (frame: string, _: string, done: () => void): void => {
    if (frame !== "") frames.plain.push(frame);
    done();
  };
  return Object.assign(new Writable({ decodeStrings: false, write }), size);
}
let withNames: ReturnType<typeof render> | undefined;
let withRows: ReturnType<typeof render> | undefined;
beforeAll(() => {
  withNames = render(<App rows={[]} />, { ...options, stdout: createInkStdout(named.sink, tty, named.refs) });
  withRows = render(<Plain rows={[]} />, { ...options, stdout: wholeWindow() });
});
afterAll(() => {
  withNames?.unmount();
  withRows?.unmount();
});

const draw = (rows: readonly string[]): { names: string; rows: string } => {
  withNames?.rerender(<App rows={named.refs.namesOf(rows)} />);
  withRows?.rerender(<Plain rows={rows} />);
  return { names: frames.named.at(-1) ?? "", rows: frames.plain.at(-1) ?? "" };
};

const theme = createTheme({ depth: "truecolor", light: false, ascii: false });
const tone = fc.constantFrom<Tone>("plain", "dim", "ok", "critical", "title");
const span = fc.record({ text: fc.stringMatching(/^[a-z 你é✓│]{0,8}$/u), tone, inverse: fc.boolean() });
const line: fc.Arbitrary<Line> = fc.array(span, { maxLength: 5 });

describe("rows by name", () => {
  it("arrive as they were given, and look as if Ink had drawn them itself", () => {
    const table = createStyleTable();
    const gridOf = (frame: string): Grid => createGridParser(table).parse(frame, size);
    fc.assert(
      fc.property(fc.array(line, { minLength: size.rows, maxLength: size.rows }), (lines) => {
        const rows = lines.map((each) => theme.encode(fitLine(each, size.columns)));
        const drawn = draw(rows);
        expect(drawn.names).toBe(rows.join("\n"));
        expect(gridOf(drawn.names).rows.map(({ glyphs }) => glyphs)).toEqual(gridOf(drawn.rows).rows.map(({ glyphs }) => glyphs));
        expect(gridOf(drawn.names).rows.map(({ styles }) => [...styles])).toEqual(gridOf(drawn.rows).rows.map(({ styles }) => [...styles]));
      }),
    );
  });

  it("keep their name while their text stays, wherever it moves", () => {
    const refs = createRowRefs();
    const [a, b] = refs.namesOf(["first", "second"]);
    expect(refs.namesOf(["second", "third", "first"])).toEqual([b, expect.not.stringMatching(`^(${a}|${b})$`), a]);
  });

  it("hold no more than a frame", () => {
    const refs = createRowRefs();
    const [old = ""] = refs.namesOf(["old"]);
    refs.namesOf(["new"]);
    expect(refs.expand(`${old}\nplain text`)).toBe(`${old}\nplain text`);
  });

  it("never take a name that the frame before had for another text", () => {
    const refs = createRowRefs();
    const rows = (at: number): string[] => Array.from({ length: 200 }, (_, y) => `frame ${at} row ${y}`);
    let before = new Set<string>();
    for (let at = 0; at < 400; at += 1) {
      const names = refs.namesOf(rows(at));
      expect(new Set(names).size).toBe(200);
      expect(names.filter((name) => before.has(name))).toEqual([]);
      expect(refs.expand(names.join("\n"))).toBe(rows(at).join("\n"));
      before = new Set(names);
    }
  });

  it("are as wide as Ink's window, whatever the terminal's", () => {
    const wide = createInkStdout({ frame: () => undefined }, { columns: 500, rows: 1, write: () => undefined }, createRowRefs());
    expect((wide as { columns?: number }).columns).toBe(1);
    expect([...(createRowRefs().namesOf(["any"])[0] ?? "")]).toHaveLength(1);
  });
});
