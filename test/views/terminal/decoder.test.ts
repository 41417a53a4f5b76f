import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DecoderState,
  decode,
  decoderStart,
  expire,
  type InputEvent,
  PASTE_BYTES_MAX,
  pendingFor,
} from "../../../src/views/terminal/decoder.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function run(chunks: readonly Uint8Array[], silence = true): { state: DecoderState; events: InputEvent[] } {
  let state = decoderStart;
  const events: InputEvent[] = [];
  for (const chunk of chunks) {
    const [next, told] = decode(state, chunk);
    state = next;
    events.push(...told);
  }
  if (silence && pendingFor(state) !== undefined) {
    const [next, told] = expire(state);
    state = next;
    events.push(...told);
  }
  return { state, events };
}

const keysOf = (text: string): string[] =>
  run([bytesOf(text)]).events.map((event) => (event.kind === "key" ? event.key : `<${event.kind}>`));

describe("keys", () => {
  it.each([
    ["jjj", ["j", "j", "j"]],
    ["G ?", ["G", "space", "?"]],
    ["é你😀", ["é", "你", "😀"]],
    ["\r\t\x7f\b", ["enter", "tab", "backspace", "ctrl-h"]],
    ["\x03\x04\x0c\x12\x1a\0", ["ctrl-c", "ctrl-d", "ctrl-l", "ctrl-r", "ctrl-z", "ctrl-space"]],
    ["\x1b[A\x1b[B\x1bOC\x1bOD", ["up", "down", "right", "left"]],
    ["\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", ["home", "end", "home", "end", "home", "end"]],
    ["\x1b[5~\x1b[6~\x1b[2~\x1b[3~", ["pageup", "pagedown", "insert", "delete"]],
    ["\x1bOP\x1bOQ\x1bOR\x1bOS", ["f1", "f2", "f3", "f4"]],
    ["\x1b[[A\x1b[[E\x1b[11~\x1b[15~\x1b[17~\x1b[24~", ["f1", "f5", "f1", "f5", "f6", "f12"]],
    ["\x1b[Z\x1b[1;2A\x1b[1;5C\x1b[1;3D\x1b[1;8H", ["shift-tab", "shift-up", "ctrl-right", "alt-left", "ctrl-alt-shift-home"]],
    ["\x1b[1;2P\x1b[1;5R\x1b[15;5~", ["shift-f1", "ctrl-f3", "ctrl-f5"]],
    ["\x1bx\x1b\r\x1b\x04\x1b1", ["alt-x", "alt-enter", "ctrl-alt-d", "alt-1"]],
    ["\x1b", ["escape"]],
    ["\x1b\x1b[A", ["escape", "up"]],
    ["\x1b[", ["alt-["]],
    ["\x1bO", ["alt-O"]],
    ["\x1b]", ["alt-]"]],
    ["\x1b[a\x1bOa\x1b[5^", ["shift-up", "ctrl-up", "ctrl-pageup"]],
    // The kitty protocol and modifyOtherKeys.
    ["\x1b[97u\x1b[97;5u\x1b[97;2u\x1b[27u\x1b[13u", ["a", "ctrl-a", "A", "escape", "enter"]],
    ["\x1b[49:33;2u\x1b[97;1:3u\x1b[9;2u", ["!", "shift-tab"]],
    ["\x1b[27;5;99~\x1b[57400u", ["ctrl-c", "1"]],
  ])("%j", (text, keys) => {
    expect(keysOf(text)).toEqual(keys);
  });

  it("tells F1, F5 and F12 apart in every dialect", () => {
    expect(new Set(keysOf("\x1bOP\x1b[15~\x1b[24~")).size).toBe(3);
  });
});

describe("what is not a key", () => {
  it("mouse reports, focus reports and unknown sequences are swallowed whole", () => {
    expect(keysOf("a\x1b[<2;12;7M\x1b[<0;12;7mb\x1b[M !!c\x1b[I\x1b[O\x1b[200;1;1Xd")).toEqual(["a", "b", "c", "d"]);
  });

  it("a press of the left button and the wheel are told with their cell, whatever else a mouse does isn't", () => {
    const { events } = run([
      bytesOf(
        "\x1b[<0;12;7M\x1b[<0;12;7m\x1b[<64;1;1M\x1b[<65;200;60M\x1b[<2;3;3M\x1b[<32;3;3M\x1b[<4;3;3M\x1b[<0;0;3M\x1b[<0;3M\x1b[<0;1;1n",
      ),
    ]);
    expect(events).toEqual([
      { kind: "mouse", action: "press", column: 11, row: 6 },
      { kind: "mouse", action: "wheel_up", column: 0, row: 0 },
      { kind: "mouse", action: "wheel_down", column: 199, row: 59 },
    ]);
  });

  it("answers of the terminal are replies", () => {
    const { events } = run([
      bytesOf("\x1b[0n\x1b[?2026;2$y\x1b[?64;1;2c\x1b[24;80R\x1b]11;rgb:0000/0000/0000\x1b\\\x1bP1$r0m\x1b\\x\x1b]52;c;YWJj\x07y\x1b[?1u"),
    ]);
    expect(events).toEqual([
      { kind: "reply", sequence: "0n" },
      { kind: "reply", sequence: "?2026;2$y" },
      { kind: "reply", sequence: "?64;1;2c" },
      { kind: "reply", sequence: "24;80R" },
      { kind: "key", key: "x" },
      { kind: "key", key: "y" },
      { kind: "reply", sequence: "?1u" },
    ]);
  });

  it("a paste is one event, whatever it holds, and ends by its mark", () => {
    const { events } = run([bytesOf("\x1b[200~q\r\x1b[A:quit\x1b[20\x1b[201~j")]);
    expect(events).toEqual([
      { kind: "paste", text: "q\r\x1b[A:quit\x1b[20" },
      { kind: "key", key: "j" },
    ]);
  });

  it("a paste is bounded, and one whose end is lost ends by silence", () => {
    const long = run([bytesOf(`\x1b[200~${"x".repeat(PASTE_BYTES_MAX + 10)}\x1b[201~`)]).events;
    expect(long).toEqual([{ kind: "paste", text: "x".repeat(PASTE_BYTES_MAX) }]);
    expect(run([bytesOf("\x1b[200~abc")]).events).toEqual([{ kind: "paste", text: "abc" }]);
  });

  it("malformed UTF-8 and C1 controls are nobody's key", () => {
    expect(run([Uint8Array.of(0x61, 0xff, 0xc3, 0x62, 0xe2, 0x28, 0xc2, 0x9b, 0x63)]).events).toEqual(
      ["a", "b", "(", "c"].map((key) => ({ kind: "key", key })),
    );
  });
});

describe("time", () => {
  it("waits 30 ms for what could be a key, and not at all for nothing", () => {
    expect(pendingFor(decoderStart)).toBeUndefined();
    expect(pendingFor(run([bytesOf("\x1b")], false).state)).toBe(30);
    expect(pendingFor(run([bytesOf("\x1b[")], false).state)).toBe(30);
    expect(pendingFor(run([bytesOf("\x1b[1;")], false).state)).toBe(500);
    expect(pendingFor(run([bytesOf("\x1b[A")], false).state)).toBeUndefined();
  });

  it("is ready for the next key after silence, whatever was unfinished", () => {
    for (const start of ["\x1b[1;", "\x1bP12", "\x1b[M ", "\x1b[200~x", "\xc3", "\x1b]0;abc\x1b"]) {
      const { state } = run([bytesOf(start)]);
      expect(state).toEqual(decoderStart);
    }
  });
});

const pieces = fc.oneof(
  fc.constantFrom(
    "\x1b",
    "\x1b[",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x1b[200~",
    "\x1b[201~",
    "\x1b[0n",
    "\x1b[<0;1;1M",
    "\x1b[M",
    "\x1b]52;c;",
    "\x07",
    "\x1b\\",
  ),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const input = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => bytesOf(parts.join(""))),
  fc.uint8Array({ maxLength: 64 }),
);

describe("properties", () => {
  it("any cutting of the same bytes gives the same events", () => {
    fc.assert(
      fc.property(input, fc.array(fc.nat(64), { maxLength: 16 }), (bytes, cuts) => {
        const at = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, index) => bytes.slice(from, at[index] ?? bytes.length));
        expect(run(chunks)).toEqual(run([bytes]));
        expect(run([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(run([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it("never throws, never emits an empty key or a control character as one", () => {
    fc.assert(
      fc.property(input, (bytes) => {
        for (const event of run([bytes]).events) {
          if (event.kind !== "key") continue;
          expect(event.key).not.toBe("");
          // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is asserted
          expect(event.key).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
