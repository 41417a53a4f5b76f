/** What the operator did to the consoles on the screen: no byte of a guest is in here. Plain data, changed by keys.ts alone. */
import type { Tone } from "../pane.ts";
import type { Paste } from "./paste.ts";

export type Box =
  | { readonly kind: "none" }
  | { readonly kind: "list"; readonly index: number }
  | { readonly kind: "search"; readonly text: string; readonly direction: 1 | -1 }
  /** Asked before many lines are typed. */
  | { readonly kind: "paste"; readonly paste: Paste }
  /** Asked before somebody else's is ended. */
  | { readonly kind: "take_over" }
  | { readonly kind: "help"; readonly top: number };

export interface Notice {
  readonly seq: number;
  readonly text: string;
  readonly tone: Tone;
}

export interface ConsoleUi {
  /** The console that has the screen; undefined: the screens have it. */
  readonly shown: string | undefined;
  /** The guest's facts beside it. */
  readonly split: boolean;
  readonly facts_top: number;
  /** The prefix was pressed: the next key is for the console. */
  readonly prefixed: boolean;
  readonly box: Box;
  readonly notice: Notice | undefined;
  readonly notices: number;
}

export const noBox: Box = { kind: "none" };

export const initialConsoleUi: ConsoleUi = {
  shown: undefined,
  split: false,
  facts_top: 0,
  prefixed: false,
  box: noBox,
  notice: undefined,
  notices: 0,
};

export const withNotice = (ui: ConsoleUi, text: string, tone: Tone = "info"): ConsoleUi => ({
  ...ui,
  notice: { seq: ui.notices, text, tone },
  notices: ui.notices + 1,
});

/** What keys are judged by, of the console that is shown and of the others. */
export interface ConsoleInfo {
  readonly kind: "guest" | "shell";
  /** The guest, or the host. */
  readonly name: string;
  readonly attached: boolean;
  readonly typing: boolean;
  /** The lines above are being read. */
  readonly reading: boolean;
  readonly selecting: boolean;
  readonly wanted: string;
  readonly fit: boolean;
  /** Another one has it, and could be told to make room. */
  readonly taken: boolean;
  /** Why it may not be typed into at all; undefined: it may. */
  readonly barred: string | undefined;
  /** Ids of all that are open, in order. */
  readonly ids: readonly string[];
  /** Rows of it that are in sight. */
  readonly page: number;
  /** The key that is the console's own while typing. */
  readonly prefix: string;
  /** Leaving it ends the program. */
  readonly alone: boolean;
}

export type ConsoleEffect =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "paste"; readonly paste: Paste }
  | { readonly kind: "typing"; readonly on: boolean }
  | { readonly kind: "close" }
  | { readonly kind: "move"; readonly lines: number }
  | { readonly kind: "first" }
  | { readonly kind: "last" }
  | { readonly kind: "follow" }
  | { readonly kind: "select" }
  | { readonly kind: "find"; readonly text: string; readonly direction: 1 | -1 }
  | { readonly kind: "copy"; readonly all: boolean }
  | { readonly kind: "fit"; readonly on: boolean }
  | { readonly kind: "tell_size" }
  | { readonly kind: "other_line" }
  | { readonly kind: "reset" }
  | { readonly kind: "take_over" }
  | { readonly kind: "repaint" }
  | { readonly kind: "suspend" }
  | { readonly kind: "quit" };

export type ConsoleStep = readonly [ConsoleUi, readonly ConsoleEffect[]];
