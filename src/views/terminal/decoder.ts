/**
 * Bytes from the terminal to input events. A pure state machine: any cutting of the same bytes gives the same events.
 *
 * Only time tells a lone escape key from the start of a sequence: the owner of stdin calls `expire` when `pendingFor` has passed in silence.
 */
import { characterKeyOf, controlKeyOf, csiKey, linuxFunctionKey, ss3Key } from "./keys.ts";

export type InputEvent =
  /** See keys.ts for the names. */
  | { readonly kind: "key"; readonly key: string }
  /** Bracketed paste, as it came: may hold newlines and control characters. */
  | { readonly kind: "paste"; readonly text: string }
  /** The terminal's answer to a question: `0n`, `?2026;2$y`. Never a key. */
  | { readonly kind: "reply"; readonly sequence: string }
  /** The left button was pressed, or the wheel turned. Only where the mouse was asked for. */
  | MouseEvent;

export interface MouseEvent {
  readonly kind: "mouse";
  readonly action: "press" | "wheel_up" | "wheel_down";
  /** From 0, the upper left corner. */
  readonly column: number;
  readonly row: number;
}

type Mode = "ground" | "utf8" | "escape" | "csi" | "linux" | "ss3" | "string" | "string_escape" | "mouse" | "paste";

export interface DecoderState {
  readonly mode: Mode;
  /** Of the unfinished character, sequence or paste. */
  readonly bytes: readonly number[];
  /** utf8, mouse: bytes still to come. paste: bytes of the end mark seen. string: bytes swallowed. */
  readonly count: number;
}

export const decoderStart: DecoderState = { mode: "ground", bytes: [], count: 0 };

/** A sequence longer than this is no key and no reply: its bytes are let go. */
const SEQUENCE_BYTES_MAX = 64;
/** OSC, DCS and the like are swallowed up to here. */
const STRING_BYTES_MAX = 8_192;
/** What is pasted beyond this is dropped. */
export const PASTE_BYTES_MAX = 65_536;
const ESCAPE_TIMEOUT_MS = 30;
const SEQUENCE_TIMEOUT_MS = 500;
const PASTE_TIMEOUT_MS = 5_000;

const ESC = 0x1b;
const pasteEnd = [ESC, 0x5b, 0x32, 0x30, 0x31, 0x7e];
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

interface Draft {
  mode: Mode;
  bytes: number[];
  count: number;
  readonly events: InputEvent[];
}

const enter = (draft: Draft, mode: Mode, count = 0): void => {
  draft.mode = mode;
  draft.bytes = [];
  draft.count = count;
};

const emitKey = (draft: Draft, key: string | undefined): void => {
  if (key !== undefined) draft.events.push({ kind: "key", key });
  enter(draft, "ground");
};

/** Printable ASCII, or a control character. Alt is an escape before it. */
function plainKey(draft: Draft, byte: number, alt: boolean): void {
  const key = byte < 0x20 || byte === 0x7f ? controlKeyOf(byte) : characterKeyOf(String.fromCharCode(byte));
  if (!alt) emitKey(draft, key);
  else emitKey(draft, key.startsWith("ctrl-") ? `ctrl-alt-${key.slice("ctrl-".length)}` : `alt-${key}`);
}

const utf8Length = (lead: number): number =>
  lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;

function ground(draft: Draft, byte: number): void {
  const length = utf8Length(byte);
  if (byte === ESC) enter(draft, "escape");
  else if (byte < 0x80) plainKey(draft, byte, false);
  else if (length > 0) {
    enter(draft, "utf8", length - 1);
    draft.bytes.push(byte);
  }
}

/** The byte broke what was unfinished: that is let go, the byte starts afresh. */
function again(draft: Draft, byte: number): void {
  enter(draft, "ground");
  ground(draft, byte);
}

function utf8Byte(draft: Draft, byte: number): void {
  if ((byte & 0xc0) !== 0x80) {
    again(draft, byte);
    return;
  }
  draft.bytes.push(byte);
  draft.count -= 1;
  if (draft.count > 0) return;
  const character = utf8.decode(Uint8Array.from(draft.bytes));
  const code = character.codePointAt(0) ?? 0;
  // C1 controls and malformed bytes are nobody's key.
  const shown = [...character].length === 1 && code >= 0xa0 && code !== 0xfffd;
  emitKey(draft, shown ? character : undefined);
}

/** After an escape, OSC, DCS, SOS, PM and APC begin an answer of the terminal. An alt-key that looks like one is told by `expire`. */
const stringStarts: readonly number[] = [0x5d, 0x50, 0x58, 0x5e, 0x5f];

function escapeByte(draft: Draft, byte: number): void {
  if (byte === ESC) {
    emitKey(draft, "escape");
    enter(draft, "escape");
  } else if (byte === 0x5b) enter(draft, "csi");
  else if (byte === 0x4f) enter(draft, "ss3");
  else if (stringStarts.includes(byte)) {
    enter(draft, "string");
    draft.bytes.push(byte);
  } else if (byte < 0x80) plainKey(draft, byte, true);
  else {
    emitKey(draft, "escape");
    ground(draft, byte);
  }
}

const replyFinals = "nRcyt";

/** xterm ctlseqs, "SGR (1006)": `< button ; column ; row`, then M (pressed) or m (released). Bits 4, 8, 16: shift, meta, control; 32: it moved. */
const sgrMouse = /^<(\d{1,3});(\d{1,5});(\d{1,5})$/;
const mouseActions: Readonly<Record<number, MouseEvent["action"]>> = { 0: "press", 64: "wheel_up", 65: "wheel_down" };

function mouseEvent(body: string, final: string): MouseEvent | undefined {
  const [, button, column, row] = sgrMouse.exec(body)?.map(Number) ?? [];
  const action = final === "M" && button !== undefined ? mouseActions[button] : undefined;
  if (action === undefined || column === undefined || row === undefined || column === 0 || row === 0) return undefined;
  return { kind: "mouse", action, column: column - 1, row: row - 1 };
}

function finishCsi(draft: Draft, final: string): void {
  const body = String.fromCharCode(...draft.bytes);
  const is_f3 = final === "R" && /^(1;([2-9]|1[0-6]))?$/.test(body);
  const is_shift_right = final === "c" && body === "";
  if (final === "~" && body === "200") enter(draft, "paste");
  else if (final === "M" && body === "") enter(draft, "mouse", 3);
  else if (body.startsWith("<")) {
    const told = mouseEvent(body, final);
    if (told !== undefined) draft.events.push(told);
    enter(draft, "ground");
  } else if (final === "u" && body.startsWith("?")) {
    draft.events.push({ kind: "reply", sequence: body + final });
    enter(draft, "ground");
  } else if (replyFinals.includes(final) && !is_f3 && !is_shift_right) {
    draft.events.push({ kind: "reply", sequence: body + final });
    enter(draft, "ground");
  } else emitKey(draft, csiKey(body, final));
}

function csiByte(draft: Draft, byte: number): void {
  if (byte === 0x5b && draft.bytes.length === 0) enter(draft, "linux");
  else if (byte >= 0x20 && byte <= 0x3f) {
    if (draft.bytes.length < SEQUENCE_BYTES_MAX) draft.bytes.push(byte);
  } else if (byte < 0x20 || byte >= 0x7f) again(draft, byte);
  else finishCsi(draft, String.fromCharCode(byte));
}

function stringByte(draft: Draft, byte: number): void {
  draft.count += 1;
  if (byte === 0x07 || byte === 0x18 || byte === 0x1a || draft.count > STRING_BYTES_MAX) enter(draft, "ground");
  else if (byte === ESC) draft.mode = "string_escape";
}

function stringEscapeByte(draft: Draft, byte: number): void {
  enter(draft, "ground");
  if (byte !== 0x5c) {
    enter(draft, "escape");
    escapeByte(draft, byte);
  }
}

function pasteByte(draft: Draft, byte: number): void {
  if (byte === pasteEnd[draft.count]) {
    draft.count += 1;
    if (draft.count === pasteEnd.length) finishPaste(draft);
    return;
  }
  keepPasted(draft, pasteEnd.slice(0, draft.count));
  draft.count = byte === ESC ? 1 : 0;
  if (byte !== ESC) keepPasted(draft, [byte]);
}

function keepPasted(draft: Draft, bytes: readonly number[]): void {
  for (const byte of bytes) if (draft.bytes.length < PASTE_BYTES_MAX) draft.bytes.push(byte);
}

function finishPaste(draft: Draft): void {
  draft.events.push({ kind: "paste", text: utf8.decode(Uint8Array.from(draft.bytes)) });
  enter(draft, "ground");
}

const step: Readonly<Record<Mode, (draft: Draft, byte: number) => void>> = {
  ground,
  utf8: utf8Byte,
  escape: escapeByte,
  csi: csiByte,
  linux: (draft, byte) => emitKey(draft, linuxFunctionKey(String.fromCharCode(byte))),
  ss3: (draft, byte) => {
    if (byte >= 0x20 && byte < 0x7f) emitKey(draft, ss3Key(String.fromCharCode(byte)));
    else again(draft, byte);
  },
  string: stringByte,
  string_escape: stringEscapeByte,
  mouse: (draft) => {
    draft.count -= 1;
    if (draft.count <= 0) enter(draft, "ground");
  },
  paste: pasteByte,
};

export function decode(state: DecoderState, bytes: Uint8Array): [DecoderState, InputEvent[]] {
  const draft: Draft = { mode: state.mode, bytes: [...state.bytes], count: state.count, events: [] };
  for (const byte of bytes) step[draft.mode](draft, byte);
  return [{ mode: draft.mode, bytes: draft.bytes, count: draft.count }, draft.events];
}

/** How long silence must last before `expire` is due; undefined: nothing is unfinished. */
export function pendingFor(state: DecoderState): number | undefined {
  if (state.mode === "ground") return undefined;
  if (state.mode === "paste") return PASTE_TIMEOUT_MS;
  const could_be_a_key = state.mode === "escape" || ((state.mode === "csi" || state.mode === "ss3") && state.bytes.length === 0);
  return could_be_a_key ? ESCAPE_TIMEOUT_MS : SEQUENCE_TIMEOUT_MS;
}

/** Silence after an unfinished sequence: a lone escape was the key, alt-[ and alt-O were those, the rest is let go. */
export function expire(state: DecoderState): [DecoderState, InputEvent[]] {
  const draft: Draft = { mode: state.mode, bytes: [...state.bytes], count: state.count, events: [] };
  if (state.mode === "paste") finishPaste(draft);
  else if (state.mode === "escape") emitKey(draft, "escape");
  else if (state.mode === "csi" && state.bytes.length === 0) emitKey(draft, "alt-[");
  else if (state.mode === "ss3") emitKey(draft, "alt-O");
  else if (state.mode === "string" && state.count === 0) emitKey(draft, `alt-${String.fromCharCode(...state.bytes)}`);
  return [decoderStart, draft.events];
}
