import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyBytes } from "../../../src/views/console/key-bytes.ts";
import { decode, decoderStart, expire, type InputEvent } from "../../../src/views/terminal/decoder.ts";

const keysOf = (bytes: string): string[] => {
  const [state, told] = decode(decoderStart, Buffer.from(bytes, "utf8"));
  const [, late] = expire(state);
  return [...told, ...late].flatMap((event: InputEvent) => (event.kind === "key" ? [event.key] : []));
};
const normal = { application_cursor: false };
const application = { application_cursor: true };

/** As xterm sends them: ctlseqs, and `cat -v` in one. */
const sent: readonly (readonly [bytes: string, in_application?: string])[] = [
  ["a"],
  ["G"],
  [" "],
  ["é"],
  ["本"],
  ["🙂"],
  ["\r"],
  ["\t"],
  ["\x1b"],
  ["\x7f"],
  ["\b"],
  ["\n"],
  ...Array.from({ length: 26 }, (_, at): [string] => [String.fromCharCode(at + 1)]),
  ["\x00"],
  ["\x1c"],
  ["\x1d"],
  ["\x1e"],
  ["\x1f"],
  ["\x1b[A", "\x1bOA"],
  ["\x1b[B", "\x1bOB"],
  ["\x1b[C", "\x1bOC"],
  ["\x1b[D", "\x1bOD"],
  ["\x1b[H", "\x1bOH"],
  ["\x1b[F", "\x1bOF"],
  ["\x1b[E", "\x1bOE"],
  ["\x1b[2~"],
  ["\x1b[3~"],
  ["\x1b[5~"],
  ["\x1b[6~"],
  ["\x1b[Z"],
  ["\x1bOP"],
  ["\x1bOQ"],
  ["\x1bOR"],
  ["\x1bOS"],
  ["\x1b[15~"],
  ["\x1b[17~"],
  ["\x1b[18~"],
  ["\x1b[19~"],
  ["\x1b[20~"],
  ["\x1b[21~"],
  ["\x1b[23~"],
  ["\x1b[24~"],
  ["\x1b[1;2A"],
  ["\x1b[1;5C"],
  ["\x1b[1;3D"],
  ["\x1b[1;8H"],
  ["\x1b[1;2P"],
  ["\x1b[1;5S"],
  ["\x1b[15;5~"],
  ["\x1b[24;2~"],
  ["\x1b[3;5~"],
  ["\x1ba"],
  ["\x1bX"],
  ["\x1b "],
  ["\x1b\r"],
  ["\x1b\x7f"],
  ["\x1b\x01"],
  ["\x1b."],
];

describe("a key sends to a guest", () => {
  it.each(sent.map(([bytes, in_application = bytes]) => [JSON.stringify(bytes), bytes, in_application]))(
    "what it sent to the console: %s",
    (_name, bytes, in_application) => {
      const keys = keysOf(bytes);
      expect(keys.map((key) => keyBytes(key, normal)).join("")).toBe(bytes);
      expect(keys.map((key) => keyBytes(key, application)).join("")).toBe(in_application);
    },
  );

  it("what an xterm would send, from whatever terminal it came", () => {
    // The Linux console, rxvt, and application modes on the operator's side.
    for (const [from, to] of [
      ["\x1b[[A", "\x1bOP"],
      ["\x1b[[E", "\x1b[15~"],
      ["\x1b[11~", "\x1bOP"],
      ["\x1b[7~", "\x1b[H"],
      ["\x1bOA", "\x1b[A"],
      ["\x1bOM", "\r"],
      ["\x1b[27;5;104~", "\b"],
      // The kitty protocol, which the console asks for.
      ["\x1b[27u", "\x1b"],
      ["\x1b[105;5u", "\t"],
      ["\x1b[91;5u", "\x1b"],
      ["\x1b[50;5u", "\x00"],
      ["\x1b[47;5u", "\x1f"],
      ["\x1b[93;5u", "\x1d"],
      ["\x1b[97;6u", "\x01"],
      ["\x1b[97;3u", "\x1ba"],
      ["\x1b[127;5u", "\b"],
      ["\x1b[13;2u", "\r"],
      ["\x1b[9;2u", "\x1b[Z"],
    ] as const)
      expect(keysOf(from).map((key) => keyBytes(key, normal))).toEqual([to]);
  });

  it("every character and control as it was typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape begins a sequence
        const typed = text.replace(/[\x1b\x80-\x9f\ufffd]/g, "");
        expect(
          keysOf(typed)
            .map((key) => keyBytes(key, normal))
            .join(""),
        ).toBe(typed);
      }),
    );
  });
});
