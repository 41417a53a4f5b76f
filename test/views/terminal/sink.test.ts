import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSink, type Sink } from "../../../src/views/terminal/sink.ts";
import { createXterm, textOf, writeTo } from "./xterm.ts";

/** A terminal that takes a write only when told to. */
function slowTerminal(
  columns = 10,
  rows = 2,
): {
  sink: Sink;
  writes: string[];
  take: (error?: Error) => void;
  idles: () => number;
  errors: Error[];
  size: { columns: number; rows: number };
} {
  const writes: string[] = [];
  const errors: Error[] = [];
  const size = { columns, rows };
  let done: ((error?: Error) => void) | undefined;
  let idles = 0;
  const sink = createSink(
    {
      get columns() {
        return size.columns;
      },
      get rows() {
        return size.rows;
      },
      write: (bytes, taken) => {
        expect(done, "only one write is under way").toBeUndefined();
        writes.push(bytes);
        done = taken;
      },
    },
    {
      idle: () => {
        idles += 1;
      },
      error: (error) => errors.push(error),
    },
  );
  const take = (error?: Error): void => {
    const taken = done;
    done = undefined;
    taken?.(error);
  };
  return { sink, writes, take, idles: () => idles, errors, size };
}

describe("a terminal that doesn't keep up", () => {
  it("gets only the newest frame, as a difference from what it was sent", () => {
    const { sink, writes, take, idles } = slowTerminal();
    sink.frame("a1\nb");
    sink.frame("a2\nb");
    sink.frame("a3\nb");
    expect(writes).toHaveLength(1);
    expect(sink.isBusy("key")).toBe(true);
    take();
    expect(writes.slice(1)).toEqual(["\x1b[1;2H3"]);
    expect(idles()).toBe(0);
    take();
    expect(idles()).toBe(1);
    expect(sink.isBusy("key")).toBe(false);
    expect(sink.stats).toMatchObject({ frames_given: 3, frames_sent: 2 });
  });

  it("never gets more than one write at once, and ends up with the last frame, however it takes them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant("take" as const), fc.stringMatching(/^[a-c ]{0,10}$/)), { maxLength: 30 }),
        async (steps) => {
          const { sink, writes, take } = slowTerminal(10, 1);
          let last = "";
          for (const step of steps) {
            if (step === "take") take();
            else {
              last = step;
              sink.frame(step);
            }
          }
          while (sink.isBusy("key")) take();
          const terminal = createXterm(10, 1);
          await writeTo(terminal, writes.join(""));
          expect(textOf(terminal)[0]).toBe(last.trimEnd());
          terminal.dispose();
        },
      ),
      { numRuns: 100 },
    );
  });

  it("holds copies for it only up to a limit", () => {
    const { sink, writes, take } = slowTerminal();
    sink.frame("x");
    for (let copy = 0; copy < 10; copy += 1) sink.raw("c".repeat(65_536));
    take();
    expect(writes[1]).toHaveLength(4 * 65_536);
  });

  it("one that is gone is told once, and nothing is written after", () => {
    const { sink, writes, take, errors } = slowTerminal();
    sink.frame("x");
    take(new Error("EIO"));
    expect(errors.map(({ message }) => message)).toEqual(["EIO"]);
    expect(writes).toHaveLength(1);
  });
});

describe("frames", () => {
  it("an equal frame is not written", () => {
    const { sink, writes, take } = slowTerminal();
    sink.frame("x\ny");
    take();
    sink.frame("x\ny");
    expect(writes).toHaveLength(1);
  });

  it("repaint and another size send it whole, forget the next one", () => {
    const { sink, writes, take, size } = slowTerminal();
    sink.frame("x\ny");
    take();
    sink.repaint();
    take();
    expect(writes[1]).toBe(writes[0]);
    sink.forget();
    expect(writes).toHaveLength(2);
    sink.frame("x\ny");
    take();
    expect(writes[2]).toBe(writes[0]);
    size.columns = 12;
    sink.frame("x\ny");
    expect(writes[3]).toBe(writes[0]);
  });

  it("while held they are remembered, and the newest is shown after", () => {
    const { sink, writes, take } = slowTerminal();
    sink.frame("x");
    take();
    sink.hold(true);
    sink.frame("y");
    sink.frame("z");
    expect(writes).toHaveLength(1);
    sink.hold(false);
    expect(writes[1]).toBe("\x1b[Hz");
  });

  it("what could be seen in parts is wrapped in synchronised output where the terminal knows it, one short row never", () => {
    const large = Array.from({ length: 30 }, (_, y) => `${y} ${"x".repeat(60)}`).join("\n");
    const writesOf = (frames: readonly string[]): readonly string[] => {
      const { sink, writes, take } = slowTerminal(80, 30);
      sink.synchronise(true);
      for (const frame of frames) {
        sink.frame(frame);
        take();
      }
      return writes;
    };
    const wrapped = (supported: boolean, frame: string): boolean => {
      const { sink, writes } = slowTerminal(80, 30);
      sink.synchronise(supported);
      sink.frame(frame);
      return writes[0]?.startsWith("\x1b[?2026h") === true && writes[0].endsWith("\x1b[?2026l\x1b[5n");
    };
    expect(wrapped(true, large)).toBe(true);
    expect(wrapped(false, large)).toBe(false);
    const [, one, two, long] = writesOf(["a\nb\nc", "A\nb\nc", "a\nB\nc", `a\nB\n${"\x1b[1me\x1b[m f".repeat(20)}`]);
    const isWrapped = (bytes: string | undefined): boolean => bytes?.includes("\x1b[?2026h") === true && bytes.includes("\x1b[?2026l");
    expect([one, two, long].map(isWrapped)).toEqual([false, true, true]);
  });
});
