/** Text styles as small numbers, and the shortest way from one to another. Source: ECMA-48 8.3.117 (SGR), xterm ctlseqs for colours. */

export interface Style {
  /** SGR parameters that set it: `31`, `38;5;208`, `38;2;1;2;3`; empty: the terminal's own. */
  readonly foreground: string;
  readonly background: string;
  /** Sum of the bits below. */
  readonly flags: number;
}

export const BOLD = 1;
export const DIM = 2;
export const ITALIC = 4;
export const UNDERLINE = 8;
export const BLINK = 16;
export const INVERSE = 32;
export const HIDDEN = 64;
export const STRIKE = 128;
export const OVERLINE = 256;

const plain: Style = { foreground: "", background: "", flags: 0 };

/** Code that sets a flag, code that takes it away. Bold and dim share theirs. */
const flagCodes: readonly (readonly [flag: number, on: number, off: number])[] = [
  [BOLD, 1, 22],
  [DIM, 2, 22],
  [ITALIC, 3, 23],
  [UNDERLINE, 4, 24],
  [BLINK, 5, 25],
  [INVERSE, 7, 27],
  [HIDDEN, 8, 28],
  [STRIKE, 9, 29],
  [OVERLINE, 53, 55],
];

const flagsSetBy = new Map(flagCodes.map(([flag, on]) => [on, flag]));
const flagsTakenBy = new Map([...flagCodes.map(([flag, , off]): [number, number] => [off, flag]), [22, BOLD | DIM]]);

/** Flags that show on a space; a space with none of them and no background is just blank. */
const VISIBLE_ON_SPACE = UNDERLINE | INVERSE | STRIKE | OVERLINE;

/** A colour given as `38;5;n` or `38;2;r;g;b`, from the parameters after 38 or 48; how many it took. */
function extendedColour(lead: number, parameters: readonly number[], at: number): { colour: string; taken: number } | undefined {
  if (parameters[at] === 5 && parameters[at + 1] !== undefined) return { colour: `${lead};5;${parameters[at + 1]}`, taken: 2 };
  if (parameters[at] !== 2 || parameters[at + 3] === undefined) return undefined;
  return { colour: `${lead};2;${parameters[at + 1]};${parameters[at + 2]};${parameters[at + 3]}`, taken: 4 };
}

/** The style after `CSI text m`. What isn't known changes nothing. */
export function applySgr(style: Style, text: string): Style {
  const parameters = text === "" ? [0] : text.split(/[;:]/).map((parameter) => (parameter === "" ? 0 : Number.parseInt(parameter, 10)));
  let { foreground, background, flags } = style;
  for (let at = 0; at < parameters.length; at += 1) {
    const code = parameters[at] ?? 0;
    if (code === 0) ({ foreground, background, flags } = plain);
    else if (code === 38 || code === 48) {
      const extended = extendedColour(code, parameters, at + 1);
      if (extended === undefined) break;
      if (code === 38) foreground = extended.colour;
      else background = extended.colour;
      at += extended.taken;
    } else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) foreground = String(code);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) background = String(code);
    else if (code === 39) foreground = "";
    else if (code === 49) background = "";
    else if (flagsSetBy.has(code)) flags |= flagsSetBy.get(code) ?? 0;
    else if (flagsTakenBy.has(code)) flags &= ~(flagsTakenBy.get(code) ?? 0);
  }
  return { foreground, background, flags };
}

const setsOf = (style: Style): string[] => [
  ...flagCodes.filter(([flag]) => (style.flags & flag) !== 0).map(([, on]) => String(on)),
  ...(style.foreground === "" ? [] : [style.foreground]),
  ...(style.background === "" ? [] : [style.background]),
];

/** The escape that turns `from` into `to`: the shorter of changing what differs and starting afresh. */
export function sgrBetween(from: Style, to: Style): string {
  const afresh = setsOf(to);
  const whole = afresh.length === 0 ? "\x1b[m" : `\x1b[0;${afresh.join(";")}m`;
  const gone = from.flags & ~to.flags;
  const offs = [...new Set(flagCodes.filter(([flag]) => (gone & flag) !== 0).map(([, , off]) => off))];
  // 22 takes bold and dim together: the one that stays is set again.
  const kept = offs.includes(22) ? from.flags & ~(BOLD | DIM) : from.flags;
  const ons = flagCodes.filter(([flag]) => (to.flags & ~kept & flag) !== 0).map(([, on]) => String(on));
  const parameters = [...offs.map(String), ...ons];
  if (from.foreground !== to.foreground) parameters.push(to.foreground === "" ? "39" : to.foreground);
  if (from.background !== to.background) parameters.push(to.background === "" ? "49" : to.background);
  if (parameters.length === 0) return "";
  const change = `\x1b[${parameters.join(";")}m`;
  return change.length <= whole.length ? change : whole;
}

/** Distinct styles remembered. A theme has a few dozen; beyond the limit a style is shown as plain text. */
const STYLES_MAX = 4_096;
export const PLAIN = 0;

export interface StyleTable {
  /** The number of the style after `CSI text m` in style `id`. */
  readonly apply: (id: number, text: string) => number;
  readonly between: (from: number, to: number) => string;
  /** True where a space in this style can't be told from a plain one. */
  readonly blankSafe: (id: number) => boolean;
  readonly hasBackground: (id: number) => boolean;
}

export function createStyleTable(): StyleTable {
  const styles: Style[] = [plain];
  const ids = new Map<string, number>([["||0", PLAIN]]);
  const applied = new Map<string, number>();
  const transitions = new Map<number, string>();
  const styleOf = (id: number): Style => styles[id] ?? plain;

  const idOf = (style: Style): number => {
    const key = `${style.foreground}|${style.background}|${style.flags}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    if (styles.length >= STYLES_MAX) return PLAIN;
    ids.set(key, styles.length);
    styles.push(style);
    return styles.length - 1;
  };

  const apply = (id: number, text: string): number => {
    const key = `${id} ${text}`;
    const known = applied.get(key);
    if (known !== undefined) return known;
    const next = idOf(applySgr(styleOf(id), text));
    if (applied.size < STYLES_MAX) applied.set(key, next);
    return next;
  };

  const between = (from: number, to: number): string => {
    if (from === to) return "";
    const key = from * STYLES_MAX + to;
    const known = transitions.get(key);
    if (known !== undefined) return known;
    const change = sgrBetween(styleOf(from), styleOf(to));
    if (transitions.size < STYLES_MAX) transitions.set(key, change);
    return change;
  };

  return {
    apply,
    between,
    blankSafe: (id) => id === PLAIN || (styleOf(id).background === "" && (styleOf(id).flags & VISIBLE_ON_SPACE) === 0),
    hasBackground: (id) => styleOf(id).background !== "" || (styleOf(id).flags & INVERSE) !== 0,
  };
}
