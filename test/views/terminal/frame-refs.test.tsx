import { PassThrough, Writable } from "node:stream";
import fc from "fast-check";
import { Box, render, Text } from "ink";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { App } from "../../../src/views/app.tsx";
import type { Line, Tone } from "../../../src/views/pane.ts";
import { createFrameRefs } from "../../../src/views/terminal/frame-refs.ts";
import { createGridParser, type Grid } from "../../../src/views/terminal/grid.ts";
import { createInkStdout } from "../../../src/views/terminal/ink-stdout.ts";
import { createStyleTable } from "../../../src/views/terminal/sgr.ts";
import { createTheme } from "../../../src/views/theme.ts";
import { fitLine } from "../../../src/views/widgets/text.ts";

const size = { columns: 30, rows: 4 };
const frames = { named: [] as string[], plain: [] as string[] };
const ink = (on: (frame: string) => void) => ({
  refs: createFrameRefs(),
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
  withNames = render(<App frame="" />, { ...options, stdout: createInkStdout(named.sink, tty, named.refs) });
  withRows = render(<Plain rows={[]} />, { ...options, stdout: wholeWindow() });
});
afterAll(() => {
  withNames?.unmount();
  withRows?.unmount();
});

const draw = (rows: readonly string[]): { names: string; rows: string } => {
  withNames?.rerender(<App frame={named.refs.nameOf(rows)} />);
  withRows?.rerender(<Plain rows={rows} />);
  return { names: frames.named.at(-1) ?? "", rows: frames.plain.at(-1) ?? "" };
};

const theme = createTheme({ depth: "truecolor", light: false, ascii: false });
const tone = fc.constantFrom<Tone>("plain", "dim", "ok", "critical", "title");
const span = fc.record({ text: fc.stringMatching(/^[a-z 你é✓│]{0,8}$/u), tone, inverse: fc.boolean() });
const line: fc.Arbitrary<Line> = fc.array(span, { maxLength: 5 });

describe("frames by name", () => {
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

  it("keep their name while nothing changes, and get another with any change", () => {
    const refs = createFrameRefs();
    const first = refs.nameOf(["first", "second"]);
    expect(refs.nameOf(["first", "second"])).toBe(first);
    const names = [first, refs.nameOf(["second", "first"]), refs.nameOf(["second"]), refs.nameOf([])];
    for (const [at, name] of names.entries()) expect(name).not.toBe(names[at - 1]);
  });

  it("hold no more than a frame, and never take the last one's name for another, however many there were", () => {
    const refs = createFrameRefs();
    expect(refs.expand("plain text")).toBe("plain text");
    let before = refs.nameOf(["frame"]);
    for (let at = 0; at < 70_000; at += 1) {
      const name = refs.nameOf([`frame ${at}`, ""]);
      if (name === before) throw new Error(`frame ${at} has the last one's name`);
      before = name;
    }
    expect(refs.expand(before)).toBe("frame 69999\n");
    const next = refs.nameOf(["next"]);
    expect(refs.expand(before)).toBe(before);
    expect(refs.expand(next)).toBe("next");
  });

  it("are as wide as Ink's window, whatever the terminal's", () => {
    const wide = createInkStdout({ frame: () => undefined }, { columns: 500, rows: 1, write: () => undefined }, createFrameRefs());
    expect((wide as { columns?: number }).columns).toBe(1);
    expect([...createFrameRefs().nameOf(["any", "other"])]).toHaveLength(1);
  });
});
