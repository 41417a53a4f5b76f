/**
 * The only answers that a guest's emulator ever gives: where the cursor is, and that it is a VT100. Their form is fixed, digits and nothing of the guest's own,
 * and there are few of them: what comes back as if typed must not be a way to type.
 */
import type { Question } from "./emulator.ts";

/** Answers in any second; more questions stay without. */
export const REPLIES_PER_S_MAX = 5;

export interface Replies {
  /** undefined: not answered. row, column: from 1. */
  readonly answer: (question: Question, at: { readonly row: number; readonly column: number }, now_ms: number) => string | undefined;
}

export function createReplies(): Replies {
  let given_ms: number[] = [];
  return {
    answer: (question, { row, column }, now_ms) => {
      given_ms = given_ms.filter((at_ms) => now_ms - at_ms < 1000);
      if (given_ms.length >= REPLIES_PER_S_MAX) return undefined;
      given_ms.push(now_ms);
      return question === "device" ? "\x1b[?1;2c" : `\x1b[${row};${column}R`;
    },
  };
}
