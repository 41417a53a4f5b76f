/**
 * Names of keys, and what the escape sequences of keys mean.
 *
 * A key is one string: the character itself (`j`, `G`, `?`, `é`), `space`, a named key (`enter`, `up`, `f5`), with modifiers before it in this
 * order: `ctrl-alt-shift-`. Shift is only named where the character doesn't already say it.
 * Sources: xterm ctlseqs ("PC-Style Function Keys", modifyOtherKeys), terminfo of rxvt, linux and screen, the kitty keyboard protocol.
 */

const csiFinal: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "begin",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift-tab",
  a: "shift-up",
  b: "shift-down",
  c: "shift-right",
  d: "shift-left",
};

const tildeCode: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
  25: "f13",
  26: "f14",
  28: "f15",
  29: "f16",
  31: "f17",
  32: "f18",
  33: "f19",
  34: "f20",
};

/** SS3: application cursor keys, F1-F4 and the application keypad. */
const ss3Final: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "begin",
  F: "end",
  H: "home",
  M: "enter",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  X: "=",
  a: "ctrl-up",
  b: "ctrl-down",
  c: "ctrl-right",
  d: "ctrl-left",
  j: "*",
  k: "+",
  l: ",",
  m: "-",
  n: ".",
  o: "/",
  p: "0",
  q: "1",
  r: "2",
  s: "3",
  t: "4",
  u: "5",
  v: "6",
  w: "7",
  x: "8",
  y: "9",
};

/** Linux console: CSI [ A to CSI [ E. */
const linuxFunction: Readonly<Record<string, string>> = { A: "f1", B: "f2", C: "f3", D: "f4", E: "f5" };

const controlKey: Readonly<Record<number, string>> = {
  0: "ctrl-space",
  9: "tab",
  13: "enter",
  27: "escape",
  28: "ctrl-\\",
  29: "ctrl-]",
  30: "ctrl-^",
  31: "ctrl-_",
  127: "backspace",
};

/** Kitty's code points from f13 on, and for the keypad: its keys stand for others. Those in between (f21 to f35) have no name here. */
const KITTY_F13 = 57_376;
const KITTY_KEYPAD_FIRST = 57_399;
const kittyKeys = new Map<number, string>([
  ...["f13", "f14", "f15", "f16", "f17", "f18", "f19", "f20"].map((name, at) => [KITTY_F13 + at, name] as const),
  ...[..."0123456789./*-+", "enter", "=", ","].map((name, at) => [KITTY_KEYPAD_FIRST + at, name] as const),
  ...["left", "right", "up", "down", "pageup", "pagedown", "home", "end", "insert", "delete", "begin"].map(
    (name, at) => [KITTY_KEYPAD_FIRST + 18 + at, name] as const,
  ),
]);

/** The second parameter of a key that is let go of, in the kitty protocol. */
const isRelease = (parameters: string): boolean => /^[^;]*;\d*:3(?:;|$)/.test(parameters);

const withModifiers = (name: string, modifiers: number): string => {
  const bits = Math.max(0, modifiers - 1);
  const shift = (bits & 1) !== 0;
  const alt = (bits & 2) !== 0 || (bits & 32) !== 0;
  const ctrl = (bits & 4) !== 0;
  const shifts = shift && ([...name].length > 1 || name === "space") && !name.startsWith("shift-");
  return `${ctrl ? "ctrl-" : ""}${alt ? "alt-" : ""}${shifts ? "shift-" : ""}${name}`;
};

/** The key of a control byte below 0x20 or 0x7f. */
export function controlKeyOf(byte: number): string {
  return controlKey[byte] ?? `ctrl-${String.fromCharCode(byte + 0x60)}`;
}

export const characterKeyOf = (character: string): string => (character === " " ? "space" : character);

/** What a key types into a text field; undefined: nothing. */
export function typedTextOf(key: string): string | undefined {
  if (key === "space") return " ";
  return [...key].length === 1 ? key : undefined;
}

export function ss3Key(final: string): string | undefined {
  return ss3Final[final];
}

export function linuxFunctionKey(final: string): string | undefined {
  return linuxFunction[final];
}

const numbersOf = (parameters: string): number[] =>
  parameters.split(";").map((parameter) => {
    const value = Number.parseInt(parameter, 10);
    return Number.isNaN(value) ? 0 : value;
  });

/** A key told by its code point, as modifyOtherKeys and the kitty protocol do. */
function keyOfCodePoint(code: number, modifiers: number): string | undefined {
  const named = kittyKeys.get(code);
  if (named !== undefined) return withModifiers(named, modifiers);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || (code >= 0xe000 && code <= 0xf8ff)) return undefined;
  if (code < 0x20 || code === 0x7f) return withModifiers(controlKeyOf(code), modifiers);
  if (code >= 0x80 && code < 0xa0) return undefined;
  const character = String.fromCodePoint(code);
  const shifted = hasShift(modifiers) ? character.toUpperCase() : character;
  return withModifiers(characterKeyOf([...shifted].length === 1 ? shifted : character), modifiers);
}

const hasShift = (modifiers: number): boolean => ((modifiers - 1) & 1) !== 0;
const hasCtrl = (modifiers: number): boolean => ((modifiers - 1) & 4) !== 0;
const ASCII_LAST = 0x7e;

/** `code:with shift:on a Latin keyboard ; modifiers:event`; all but the first may be left out. */
function kittyKey(parameters: string): string | undefined {
  const [codes = "", modified = ""] = parameters.split(";");
  const [code = 0, shifted = 0, latin = 0] = codes.split(":").map((each) => Number.parseInt(each, 10) || 0);
  const modifiers = Number.parseInt(modified, 10) || 1;
  const shown = hasShift(modifiers) && shifted !== 0 ? shifted : code;
  // Of another alphabet no letter has a control character: what is meant is the key.
  return keyOfCodePoint(hasCtrl(modifiers) && shown > ASCII_LAST && latin !== 0 ? latin : shown, modifiers);
}

/** rxvt says ctrl by the final. (Its `$` for shift is an intermediate byte to everybody else and isn't known here.) */
const rxvtModifiers: Readonly<Record<string, number>> = { "~": 1, "^": 5, "@": 6 };

/** The key of `CSI parameters final`; undefined: not a key. */
export function csiKey(parameters: string, final: string): string | undefined {
  if (!/^[\d;:]*$/.test(parameters) || isRelease(parameters)) return undefined;
  if (final === "u") return kittyKey(parameters);
  const [first = 0, second = 1, third = 0] = numbersOf(parameters);
  const rxvt = rxvtModifiers[final];
  if (rxvt !== undefined) {
    if (final === "~" && first === 27) return keyOfCodePoint(third, second);
    const name = tildeCode[first];
    return name === undefined ? undefined : withModifiers(name, parameters.includes(";") ? second : rxvt);
  }
  const name = csiFinal[final];
  return name === undefined ? undefined : withModifiers(name, parameters.includes(";") ? second : 1);
}
