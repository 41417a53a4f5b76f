/**
 * What a key sends to a guest, as xterm would send it: the names of terminal/keys.ts back to bytes, in the modes that the guest asked for. Pure.
 * Source: xterm ctlseqs, "PC-Style Function Keys" and "VT100-Style Keypad" (decisions: docs/decisions/console.md).
 */

/** Modes of the guest's that change what keys send. */
export interface KeyModes {
  /** DECCKM: cursor keys are for an application. */
  readonly application_cursor: boolean;
}

/** CSI or SS3 and this letter; with modifiers CSI 1 ; M and the letter. */
const lettered: Readonly<Record<string, string>> = {
  up: "A",
  down: "B",
  right: "C",
  left: "D",
  begin: "E",
  end: "F",
  home: "H",
  f1: "P",
  f2: "Q",
  f3: "R",
  f4: "S",
};
/** These are SS3 in any mode. */
const alwaysSs3 = new Set(["f1", "f2", "f3", "f4"]);

/** CSI this number ~ */
const numbered: Readonly<Record<string, number>> = {
  insert: 2,
  delete: 3,
  pageup: 5,
  pagedown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
  f13: 25,
  f14: 26,
  f15: 28,
  f16: 29,
  f17: 31,
  f18: 32,
  f19: 33,
  f20: 34,
};

/** The digits and signs are for terminals that tell every key apart (kitty, modifyOtherKeys): others send the control character itself. */
const controls: Readonly<Record<string, string>> = {
  enter: "\r",
  tab: "\t",
  escape: "\x1b",
  backspace: "\x7f",
  "ctrl-space": "\x00",
  "ctrl-@": "\x00",
  "ctrl-`": "\x00",
  "ctrl-2": "\x00",
  "ctrl-[": "\x1b",
  "ctrl-{": "\x1b",
  "ctrl-3": "\x1b",
  "ctrl-\\": "\x1c",
  "ctrl-|": "\x1c",
  "ctrl-4": "\x1c",
  "ctrl-]": "\x1d",
  "ctrl-}": "\x1d",
  "ctrl-5": "\x1d",
  "ctrl-^": "\x1e",
  "ctrl-~": "\x1e",
  "ctrl-6": "\x1e",
  "ctrl-_": "\x1f",
  "ctrl-/": "\x1f",
  "ctrl-7": "\x1f",
  "ctrl-?": "\x7f",
  "ctrl-8": "\x7f",
  "ctrl-backspace": "\b",
};

interface Modified {
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

function modifiersOf(key: string): Modified {
  const found = /^(ctrl-)?(alt-)?(shift-)?([\s\S]+)$/.exec(key);
  return { name: found?.[4] ?? key, ctrl: found?.[1] !== undefined, alt: found?.[2] !== undefined, shift: found?.[3] !== undefined };
}

/** xterm's number for modifiers: 1, and 1 for shift, 2 for alt, 4 for ctrl. */
const modifierNumber = ({ ctrl, alt, shift }: Modified): number => 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);

function special(modified: Modified, modes: KeyModes): string | undefined {
  const number = modifierNumber(modified);
  const letter = lettered[modified.name];
  if (letter !== undefined) {
    if (number > 1) return `\x1b[1;${number}${letter}`;
    return modes.application_cursor || alwaysSs3.has(modified.name) ? `\x1bO${letter}` : `\x1b[${letter}`;
  }
  const code = numbered[modified.name];
  return code === undefined ? undefined : `\x1b[${code}${number > 1 ? `;${number}` : ""}~`;
}

/** Of a character, a space or a control; undefined: no byte stands for it. */
function plainBytes({ name, ctrl, shift }: Modified): string | undefined {
  if (shift && name === "tab") return "\x1b[Z";
  const control = controls[ctrl ? `ctrl-${name}` : name];
  if (control !== undefined) return control;
  if (name === "space") return " ";
  if ([...name].length !== 1) return controls[name];
  if (!ctrl) return name;
  return /^[a-z]$/i.test(name) ? String.fromCharCode(name.toLowerCase().charCodeAt(0) - 0x60) : name;
}

/** undefined: the key sends nothing. */
export function keyBytes(key: string, modes: KeyModes): string | undefined {
  const modified = modifiersOf(key);
  const sent = special(modified, modes);
  if (sent !== undefined) return sent;
  const bytes = plainBytes(modified);
  return bytes === undefined ? undefined : modified.alt ? `\x1b${bytes}` : bytes;
}
