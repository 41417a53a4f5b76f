/** What of a guest's output is in sight, read, searched and copied: on the real emulator. */
import { describe, expect, it } from "vitest";
import { createEmulator, type Emulator, SCROLLBACK_LINES } from "../../../src/views/console/emulator.ts";
import { createReader } from "../../../src/views/console/reader.ts";
import { lineText } from "../../../src/views/widgets/text.ts";

const open = (columns = 20, rows = 6): Emulator => createEmulator({ columns, rows }, { asked: () => undefined });
const write = (emulator: Emulator, text: string): Promise<void> => new Promise((done) => emulator.write(text, done));
const numbered = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\r\n`).join("");
const look = { depth: "256", cursor: true } as const;
const seen = (reader: ReturnType<typeof createReader>, rows: number, columns = 20): string[] =>
  reader.sight({ columns, rows }, look).rows.map((line) => lineText(line).trimEnd());

describe("what is in sight", () => {
  it("is the end, with the lines above where there is room", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, numbered(1, 10));
    expect(seen(reader, 6)).toEqual(["line 6", "line 7", "line 8", "line 9", "line 10", ""]);
    expect(seen(reader, 9)[0]).toBe("line 3");
  });

  it("is the part with the cursor, where the room is less than the guest's screen", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, "one\r\ntwo");
    expect(seen(reader, 3)).toEqual(["one", "two", ""]);
    await write(emulator, "\x1b[6;1Hlast\x1b[2;1H");
    expect(seen(reader, 3)).toEqual(["two", "", ""]);
    await write(emulator, "\x1b[6;1H");
    expect(seen(reader, 3)).toEqual(["", "", "last"]);
    await write(emulator, "\x1b[1;19Hxy");
    expect(reader.sight({ columns: 10, rows: 3 }, look).left).toBe(10);
  });

  it("stays where it is read while the guest goes on, until the line is no longer kept", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, numbered(1, 30));
    reader.move(-10, 6);
    const [first] = seen(reader, 6);
    await write(emulator, numbered(31, 60));
    expect(seen(reader, 6)[0]).toBe(first);
    await write(emulator, numbered(61, SCROLLBACK_LINES + 100));
    expect(seen(reader, 6)[0]).toBe(`line ${SCROLLBACK_LINES + 100 - SCROLLBACK_LINES - 4}`);
    reader.follow();
    expect(seen(reader, 6)[4]).toBe(`line ${SCROLLBACK_LINES + 100}`);
  });

  it("has nothing above a full-screen program, and forgets what was read when one comes", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, numbered(1, 30));
    reader.toFirst(6);
    expect(reader.reading).toBe(true);
    await write(emulator, "\x1b[?1049h\x1b[Heditor");
    expect(reader.reading).toBe(false);
    expect(seen(reader, 10)[0]).toBe("editor");
    await write(emulator, "\x1b[?1049l");
    expect(seen(reader, 6)[4]).toBe("line 30");
  });
});

describe("a search", () => {
  it("goes up from the end, further, and back down", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, numbered(1, 60));
    expect(reader.find("line 20", -1, 6)).toBe(true);
    expect(seen(reader, 6)).toContain("line 20");
    expect(reader.copy(6)).toEqual(["line 20"]);
    expect(reader.find("LINE", -1, 6)).toBe(false);
    expect(reader.find("line", -1, 6)).toBe(true);
    expect(reader.copy(6)).toEqual(["line 19"]);
    expect(reader.find("line 4", 1, 6)).toBe(true);
    expect(reader.copy(6)).toEqual(["line 40"]);
    expect(reader.find("line 20", 1, 6)).toBe(false);
  });

  it("finds what the guest's terminal broke, beside wide letters, and shows where", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, `日本 ${"x".repeat(13)}needle here\r\nend`);
    expect(reader.find("needle", -1, 6)).toBe(true);
    const rows = reader.sight({ columns: 20, rows: 6 }, look).rows;
    const turned = rows.flatMap((line) => line.filter(({ sgr }) => sgr === "7").map(({ text }) => text.trim()));
    expect(turned.join("")).toContain("edle");
    expect(reader.copy(6)).toEqual([`日本 ${"x".repeat(13)}needle here`]);
  });
});

describe("a copy", () => {
  it("has the marked lines, whole, and everything that is kept", async () => {
    const emulator = open();
    const reader = createReader(emulator);
    await write(emulator, `one\r\n${"w".repeat(30)}\r\nthree\r\n`);
    reader.toFirst(6);
    reader.select(6);
    reader.move(2, 6);
    expect(reader.copy(6)).toEqual(["one", "w".repeat(30)]);
    expect(reader.copyAll()).toEqual(["one", "w".repeat(30), "three"]);
  });

  it("holds no control character of the guest's", async () => {
    const emulator = open(60);
    await write(emulator, "a\u202eb\u200bc\x1b[8msecret\x1b[m d\u{e0041}e\u0301\u0301\u0301\u0301\u0301\u0301f");
    const [line = ""] = createReader(emulator).copyAll();
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(line).not.toContain("secret");
  });
});
