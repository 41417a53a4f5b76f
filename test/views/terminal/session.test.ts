import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { openTerminal, type TerminalSession } from "../../../src/views/terminal/session.ts";
import { createSink } from "../../../src/views/terminal/sink.ts";
import { createManualClock } from "../manual-clock.ts";

/** A session on a terminal that takes all it is given and answers only when told to. */
function opened(mouse = false): {
  readonly session: TerminalSession;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly raw_modes: boolean[];
  readonly signals: EventEmitter;
  readonly resizes: () => number;
  readonly draw: () => void;
  readonly written: () => string;
} {
  const clock = createManualClock();
  const raw_modes: boolean[] = [];
  const signals = new EventEmitter();
  let resizes = 0;
  let written = "";
  const stdin = Object.assign(new EventEmitter(), {
    resume: () => undefined,
    pause: () => undefined,
    setRawMode: (raw: boolean) => void raw_modes.push(raw),
  });
  const tty = {
    columns: 80,
    rows: 24,
    write: (bytes: string, done: () => void): void => {
      written += bytes;
      done();
    },
  };
  const sink = createSink(tty, { idle: () => undefined, error: () => undefined }, clock);
  const session = openTerminal({
    stdin,
    stdout: Object.assign(new EventEmitter(), tty),
    process: Object.assign(signals, { kill: () => undefined }),
    clock,
    sink,
    mouse,
    resized: () => {
      resizes += 1;
    },
    resumed: () => undefined,
    end: () => undefined,
  });
  const draw = (): void => sink.frame(Array.from({ length: 24 }, (_, y) => `${y} ${"x".repeat(70)}`).join("\n"));
  return { session, clock, raw_modes, signals, resizes: () => resizes, draw, written: () => written };
}

/** Whether it has settled, after all that is ready has run. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  return settled;
}

describe("giving the terminal back", () => {
  it("waits for an answer that is under way, raw, so that no shell takes it for typing", async () => {
    const { session, raw_modes, clock, draw } = opened();
    draw();
    const left = session.leave();
    expect([await isSettled(left), raw_modes.at(-1)]).toEqual([false, true]);
    session.reply("0n");
    expect([await isSettled(left), raw_modes.at(-1), clock.pending()]).toEqual([true, false, 0]);
  });

  it("waits no longer than a second for one that doesn't come", async () => {
    const { session, raw_modes, clock, draw } = opened();
    draw();
    const left = session.leave();
    clock.advance(999);
    expect(await isSettled(left)).toBe(false);
    clock.advance(1);
    expect([await isSettled(left), raw_modes.at(-1), clock.pending()]).toEqual([true, false, 0]);
  });

  it("waits for nothing where nothing was asked", async () => {
    const { session, clock } = opened();
    expect([await isSettled(session.leave()), clock.pending()]).toEqual([true, 0]);
  });
});

describe("a window's change", () => {
  it("is heard also where it comes to the size that was, and no longer after the end", async () => {
    const { session, signals, resizes } = opened();
    signals.emit("SIGWINCH");
    signals.emit("SIGWINCH");
    expect(resizes()).toBe(2);
    await session.leave();
    signals.emit("SIGWINCH");
    expect([resizes(), signals.listenerCount("SIGWINCH")]).toEqual([2, 0]);
  });
});

describe("the kitty keyboard protocol", () => {
  it("is switched on once for a terminal that knows it, after a suspension again, and taken back", async () => {
    const { session, signals, written } = opened();
    expect(written()).toContain("\x1b[?u");
    expect(written()).not.toContain("\x1b[>5u");
    session.reply("?0u");
    session.reply("?1u");
    expect(written().split("\x1b[>5u").length).toBe(2);
    signals.emit("SIGCONT");
    expect(written().split("\x1b[>5u").length).toBe(3);
    await session.leave();
    expect(written().endsWith("\x1b[<u\x1b[m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l")).toBe(true);
  });

  it("is left alone where nobody answered, or only after the end", async () => {
    const { session, written } = opened();
    await session.leave();
    session.reply("?0u");
    expect(written()).not.toContain("\x1b[>");
    expect(written()).not.toContain("\x1b[<");
  });
});

describe("the mouse", () => {
  it("stays the terminal's unless it was asked for, and is given back", async () => {
    const without = opened();
    await without.session.leave();
    expect(without.written()).not.toMatch(/\?100[0-6]/);
    const { session, written } = opened(true);
    expect(written()).toContain("\x1b[?1000h\x1b[?1006h");
    await session.leave();
    expect(written()).toContain("\x1b[?1006l\x1b[?1000l");
  });
});
