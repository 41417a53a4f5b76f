/**
 * What of a guest's output its emulator gets (safety rules S11, S13): text, controls, and control sequences whose numbers are bounded.
 *
 * Strings (OSC, DCS, APC, PM, SOS: titles, clipboard, links, colours, graphics, questions) are left out whole: nothing of them shows in cells, and one that
 * never ends would be kept in memory. Numbers of a control sequence are cut to what makes a difference on the screen: `CSI 2147483647 S` would scroll for
 * minutes. What the guest printed before stays: `CSI 3 J` is left out, a full reset (`ESC c`) becomes one that keeps the lines above.
 * States as in https://vt100.net/emu/dec_ansi_parser; held against the emulator's own by a property test.
 */

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Intake {
  /** Text for the emulator; what is unfinished waits for the next call. */
  readonly take: (text: string, size: ScreenSize) => string;
}

/** Parameters and intermediates of one control sequence; a longer one is left out. */
const SEQUENCE_LENGTH_MAX = 128;
/** Numbers of sequences that name something (a mode, a colour). */
const NUMBER_MAX = 65_535;

/** Soft reset, normal screen, whole scrolling region, plain, wrapping, no pasting marks, cleared and home: what `ESC c` does, but the lines above stay. */
export const RESET = "\x1b[!p\x1b[?1049l\x1b[?1l\x1b>\x1b[?2004l\x1b[?7h\x1b[r\x1b[m\x1b[4l\x1b(B\x0f\x1b[2J\x1b[H";

/** In the place of a command or device control string: as that would, it parts the characters before and after. */
const NO_STRING = "\x1b\\";
const ESC = 0x1b;
const CAN = 0x18;
const SUB = 0x1a;
const BEL = 0x07;

type Mode = "ground" | "escape" | "escape_intermediate" | "csi" | "csi_dropped" | "osc" | "string";

/** Finals whose first number says how often something is done. */
const counted: Readonly<Record<string, (size: ScreenSize) => number>> = {
  "@": ({ columns }) => columns,
  P: ({ columns }) => columns,
  X: ({ columns }) => columns,
  I: ({ columns }) => columns,
  Z: ({ columns }) => columns,
  b: ({ columns, rows }) => columns * rows,
  L: ({ rows }) => rows,
  M: ({ rows }) => rows,
  S: ({ rows }) => rows,
  T: ({ rows }) => rows,
  E: ({ rows }) => rows,
  F: ({ rows }) => rows,
  "'}": ({ columns }) => columns,
  "'~": ({ columns }) => columns,
  " @": ({ columns }) => columns,
  " A": ({ columns }) => columns,
};

const clamped = (parameters: string, most: number): string =>
  parameters.replace(/\d+/g, (digits) => (digits.length > 5 || Number(digits) > most ? String(most) : digits));

/** A whole control sequence as the emulator gets it; empty: not at all. */
function sequence(body: string, final: string, size: ScreenSize): string {
  const [, parameters = "", intermediates = ""] = /^([0-?]*)([ -/]*)$/.exec(body) ?? [];
  // Parameters after an intermediate: no sequence of anybody's.
  if (parameters.length + intermediates.length !== body.length) return "";
  // Window operations; lines above are erased by nobody.
  if (final === "t" || (final === "J" && /^\?*0*3$/.test(parameters))) return "";
  const most = parameters.startsWith("?") ? NUMBER_MAX : (counted[intermediates + final]?.(size) ?? NUMBER_MAX);
  return `\x1b[${clamped(parameters, most)}${intermediates}${final}`;
}

/** What begins by one C1 control; undefined: it is carried out at once. */
function c1(code: number): Mode | undefined {
  if (code === 0x9b) return "csi";
  if (code === 0x9d) return "osc";
  if (code === 0x90 || code === 0x98 || code === 0x9e || code === 0x9f) return "string";
  return undefined;
}

function afterEscape(character: string): Mode | undefined {
  if (character === "[") return "csi";
  if (character === "]") return "osc";
  return "PX^_".includes(character) ? "string" : undefined;
}

const isC1 = (code: number): boolean => code >= 0x80 && code < 0xa0;
/** Everything up to the next escape or C1 control is text, or a control that the emulator carries out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const plain = /[^\x1b\x80-\x9f]+/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const whole = /\x1b\[([0-?]{0,64}[ -/]{0,4})([@-~])/y;

export function createIntake(): Intake {
  let mode: Mode = "ground";
  let body = "";
  /** The first half of a character broke a sequence: the second goes with it. */
  let halved = false;

  const broken = (code: number): string => {
    mode = "ground";
    halved = code >= 0xd800 && code < 0xdc00;
    return "";
  };

  /** One character outside of ground; what the emulator gets of it. */
  const step = (character: string, code: number, size: ScreenSize): string => {
    if (code === ESC) {
      mode = "escape";
      body = "";
      return "";
    }
    if (code === CAN || code === SUB) {
      mode = "ground";
      return character;
    }
    if (isC1(code)) {
      mode = c1(code) ?? "ground";
      body = "";
      if (code === 0x9d || code === 0x90) return NO_STRING;
      // The end of a string does nothing by itself.
      return mode === "ground" && code !== 0x9c ? character : "";
    }
    if (mode === "osc") {
      if (code === BEL) mode = "ground";
      return "";
    }
    if (mode === "string") return "";
    // Controls within a sequence are carried out as if they stood before it.
    if (code < 0x20) return character;
    if (code === 0x7f) return "";
    return mode === "csi" || mode === "csi_dropped" ? csi(character, code, size) : afterEsc(character, code);
  };

  const afterEsc = (character: string, code: number): string => {
    if (code < 0x30) {
      mode = "escape_intermediate";
      if (body.length < SEQUENCE_LENGTH_MAX) body += character;
      return "";
    }
    if (code > 0x7e) return broken(code);
    const next = mode === "escape" ? afterEscape(character) : undefined;
    const said = body;
    body = "";
    mode = next ?? "ground";
    if (next !== undefined) return character === "]" || character === "P" ? NO_STRING : "";
    return said === "" && character === "c" ? RESET : `\x1b${said}${character}`;
  };

  const csi = (character: string, code: number, size: ScreenSize): string => {
    if (code > 0x7e) return broken(code);
    if (code >= 0x40) {
      const said = mode === "csi" ? sequence(body, character, size) : "";
      mode = "ground";
      return said;
    }
    if (body.length >= SEQUENCE_LENGTH_MAX) mode = "csi_dropped";
    else body += character;
    return "";
  };

  return {
    take: (text, size) => {
      let out = "";
      let at = 0;
      const half = (): boolean => halved && text.charCodeAt(at) >= 0xdc00 && text.charCodeAt(at) < 0xe000;
      while (at < text.length) {
        if (half()) at += 1;
        halved = false;
        if (mode === "ground") {
          plain.lastIndex = at;
          const run = plain.exec(text)?.[0];
          if (run !== undefined) {
            out += run;
            at += run.length;
            continue;
          }
          whole.lastIndex = at;
          const found = whole.exec(text);
          if (found !== null) {
            out += sequence(found[1] ?? "", found[2] ?? "", size);
            at += found[0].length;
            continue;
          }
        }
        if (at >= text.length) break;
        const character = text[at] ?? "";
        out += step(character, text.charCodeAt(at), size);
        at += 1;
      }
      return out;
    },
  };
}
