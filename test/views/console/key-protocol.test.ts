/**
 * Whatever way the operator's terminal tells keys in, a guest gets what a plain xterm would send: the kitty protocol against xterm's, each written anew here from
 * its own description (sw.kovidgoyal.net/kitty/keyboard-protocol; xterm ctlseqs and XLookupString).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyBytes } from "../../../src/views/console/key-bytes.ts";
import { decode, decoderStart, expire } from "../../../src/views/terminal/decoder.ts";

/** What the guest gets of what the terminal sends, however that is cut. */
function passed(bytes: string, cut: number, application_cursor: boolean): string {
  const all = Buffer.from(bytes, "utf8");
  const [begun, first] = decode(decoderStart, all.subarray(0, cut));
  const [state, second] = decode(begun, all.subarray(cut));
  const [, late] = expire(state);
  return [...first, ...second, ...late]
    .map((event) => (event.kind === "key" ? (keyBytes(event.key, { application_cursor }) ?? "") : ""))
    .join("");
}

interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}
/** One key of a keyboard. */
interface Key {
  readonly name: string;
  /** locks: caps lock and num lock, which kitty tells with functional keys. */
  readonly kitty: (modifiers: Modifiers, locks: number) => string;
  readonly xterm: (modifiers: Modifiers, application_cursor: boolean) => string;
}

const bits = ({ shift, alt, ctrl }: Modifiers): number => (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);

/** XLookupString, and xterm's ctrl-?. */
function control(character: string): string {
  const code = character.charCodeAt(0);
  if ((code >= 0x40 && code < 0x7f) || code === 0x20) return String.fromCharCode(code & 0x1f);
  if (character === "2") return "\x00";
  if (character >= "3" && character <= "7") return String.fromCharCode(code - 0x33 + 0x1b);
  if (character === "8" || character === "?") return "\x7f";
  return character === "/" ? "\x1f" : character;
}

const character = (plain: string, shifted: string): Key => ({
  name: plain,
  kitty: (modifiers, locks) => {
    const shown = modifiers.shift ? shifted : plain;
    if (!modifiers.alt && !modifiers.ctrl) return shown;
    const alternate = modifiers.shift ? `:${shifted.codePointAt(0)}` : "";
    return `\x1b[${plain.codePointAt(0)}${alternate};${1 + bits(modifiers) + locks}u`;
  },
  xterm: ({ shift, alt, ctrl }) => {
    const shown = shift ? shifted : plain;
    return `${alt ? "\x1b" : ""}${ctrl ? control(shown) : shown}`;
  },
});

/** Enter, tab and backspace come as ever where nothing is held with them; escape never does. */
const editing = (
  name: string,
  code: number,
  sent: string,
  always: boolean,
  others: (modifiers: Modifiers) => string = () => sent,
): Key => ({
  name,
  kitty: (modifiers, locks) => {
    const number = bits(modifiers);
    return number === 0 && !always ? sent : `\x1b[${code}${number + locks === 0 ? "" : `;${1 + number + locks}`}u`;
  },
  xterm: (modifiers) => `${modifiers.alt ? "\x1b" : ""}${others(modifiers)}`,
});

const lettered = (name: string, letter: string, kitty: string | undefined, ss3: "always" | "application"): Key => ({
  name,
  kitty: (modifiers, locks) => {
    const number = 1 + bits(modifiers) + locks;
    if (kitty !== undefined) return `\x1b[${kitty.slice(0, -1)}${number === 1 ? "" : `;${number}`}${kitty.slice(-1)}`;
    return number === 1 ? `\x1b[${letter}` : `\x1b[1;${number}${letter}`;
  },
  xterm: (modifiers, application_cursor) => {
    const number = 1 + bits(modifiers);
    if (number > 1) return `\x1b[1;${number}${letter}`;
    return ss3 === "always" || application_cursor ? `\x1bO${letter}` : `\x1b[${letter}`;
  },
});

const numbered = (name: string, code: number, kitty = `${code}~`): Key => ({
  name,
  kitty: (modifiers, locks) => {
    const number = 1 + bits(modifiers) + locks;
    return `\x1b[${kitty.slice(0, -1)}${number === 1 ? "" : `;${number}`}${kitty.slice(-1)}`;
  },
  xterm: (modifiers) => `\x1b[${code}${bits(modifiers) === 0 ? "" : `;${1 + bits(modifiers)}`}~`,
});

const keypad = (name: string, code: number, sent: string): Key => ({
  name,
  kitty: (modifiers, locks) => `\x1b[${code};${1 + bits(modifiers) + locks}u`,
  xterm: ({ alt, ctrl }) => `${alt ? "\x1b" : ""}${ctrl && sent !== "\r" ? control(sent) : sent}`,
});

const pairs =
  "aA bB cC dD eE fF gG hH iI jJ kK lL mM nN oO pP qQ rR sS tT uU vV wW xX yY zZ " +
  "1! 2@ 3# 4$ 5% 6^ 7& 8* 9( 0) -_ =+ [{ ]} \\| ;: '\" `~ ,< .> /?";
const arrows: readonly (readonly [name: string, letter: string, keypad: number])[] = [
  ["left", "D", 57_417],
  ["right", "C", 57_418],
  ["up", "A", 57_419],
  ["down", "B", 57_420],
  ["home", "H", 57_423],
  ["end", "F", 57_424],
  ["begin", "E", 57_427],
];
const edited: readonly (readonly [name: string, code: number, keypad: number])[] = [
  ["insert", 2, 57_425],
  ["delete", 3, 57_426],
  ["pageup", 5, 57_421],
  ["pagedown", 6, 57_422],
];
const functions = [15, 17, 18, 19, 20, 21, 23, 24];
const moreFunctions = [25, 26, 28, 29, 31, 32, 33, 34];

const keyboard: readonly Key[] = [
  ...pairs.split(" ").map((pair) => character(pair.slice(0, 1), pair.slice(1))),
  character("é", "É"),
  character("ß", "ẞ"),
  editing("space", 32, " ", false, ({ ctrl }) => (ctrl ? "\x00" : " ")),
  editing("enter", 13, "\r", false),
  editing("tab", 9, "\t", false, ({ shift }) => (shift ? "\x1b[Z" : "\t")),
  editing("backspace", 127, "\x7f", false, ({ ctrl }) => (ctrl ? "\b" : "\x7f")),
  editing("escape", 27, "\x1b", true),
  ...arrows.flatMap(([name, letter, code]) => [
    lettered(name, letter, undefined, "application"),
    lettered(`keypad ${name}`, letter, `${code}u`, "application"),
  ]),
  ...edited.flatMap(([name, code, pad]) => [numbered(name, code), numbered(`keypad ${name}`, code, `${pad}u`)]),
  lettered("f1", "P", undefined, "always"),
  lettered("f2", "Q", undefined, "always"),
  lettered("f3", "R", "13~", "always"),
  lettered("f4", "S", undefined, "always"),
  ...functions.map((code, at) => numbered(`f${at + 5}`, code)),
  ...moreFunctions.map((code, at) => numbered(`f${at + 13}`, code, `${57_376 + at}u`)),
  ...[..."0123456789./*-+"].map((sent, at) => keypad(`keypad ${sent}`, 57_399 + at, sent)),
  keypad("keypad enter", 57_414, "\r"),
  keypad("keypad =", 57_415, "="),
  keypad("keypad ,", 57_416, ","),
];

const presses = fc.record({
  key: fc.constantFrom(...keyboard),
  modifiers: fc.record({ shift: fc.boolean(), alt: fc.boolean(), ctrl: fc.boolean() }),
  locks: fc.constantFrom(0, 64, 128, 192),
});

describe("keys of a terminal that speaks the kitty protocol", () => {
  it("reach a guest as a plain xterm would send them, one by one, each with everything held", () => {
    const wrong: string[] = [];
    for (const { name, kitty, xterm } of keyboard)
      for (let held = 0; held < 8; held += 1)
        for (const application of [false, true]) {
          const modifiers = { shift: (held & 1) !== 0, alt: (held & 2) !== 0, ctrl: (held & 4) !== 0 };
          const got = passed(kitty(modifiers, 0), 0, application);
          const wanted = xterm(modifiers, application);
          if (got !== wanted) wrong.push(`${name} ${JSON.stringify(modifiers)}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
        }
    expect(wrong).toEqual([]);
  });

  it("do so in any order, with any lock, wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(presses, { maxLength: 12 }), fc.nat(), fc.boolean(), (pressed, cut, application) => {
        const sent = pressed.map(({ key, modifiers, locks }) => key.kitty(modifiers, locks)).join("");
        const wanted = pressed.map(({ key, modifiers }) => key.xterm(modifiers, application)).join("");
        expect(passed(sent, cut % (Buffer.byteLength(sent) + 1), application)).toBe(wanted);
      }),
    );
  });

  it("that are let go of, or are nothing to an xterm, send nothing", () => {
    for (const bytes of ["\x1b[97;5:3u", "\x1b[57358u", "\x1b[57441;2u", "\x1b[57452;5u", "\x1b[1;1:3A", "\x1b[15;1:3~", "\x1b[?5u"])
      expect(passed(bytes, 0, false), JSON.stringify(bytes)).toBe("");
  });

  it("of another alphabet mean with ctrl what stands there on a Latin keyboard", () => {
    expect(passed("\x1b[1089::99;5u", 0, false)).toBe("\x03");
    expect(passed("\x1b[1089:1057:99;6u", 0, false)).toBe("\x03");
    expect(passed("\x1b[1089::99;3u", 0, false)).toBe("\x1bс");
  });

  it("never leave a guest with anything but what some key of an xterm sends", () => {
    const number = fc.oneof(fc.nat(300), fc.integer({ min: 57_300, max: 57_500 }), fc.nat(0x11_00_00));
    const field = fc.array(fc.oneof(number.map(String), fc.constant("")), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(":"));
    const sequence = fc
      .tuple(fc.constantFrom("", "?", "<", ">", "="), fc.array(field, { maxLength: 3 }), fc.constantFrom(..."uABCDEFHPQRSZ~^@cnty"))
      .map(([prefix, fields, final]) => `\x1b[${prefix}${fields.join(";")}${final}`);
    // A character or control, alone or after an escape; a cursor or function key with one number for what is held.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what keys send are controls
    const ofXterm = /^(?:\x1b?(?:[^\x1b\x80-\x9f]|\x1b\x1b?)|\x1b*\x1b(?:O[A-FHP-S]|\[(?:1;[2-8])?[A-FHP-S]|\[\d{1,2}(?:;[2-8])?~|\[Z))?$/u;
    fc.assert(
      fc.property(sequence, (bytes) => {
        expect(passed(bytes, 0, false)).toMatch(ofXterm);
      }),
    );
  });
});
