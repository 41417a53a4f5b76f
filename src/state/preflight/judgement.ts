/** What a fact says for or against, in one phrase. */
import type { ReadinessCheck } from "../view-model.ts";

export interface Judgement {
  readonly result: ReadinessCheck["result"];
  readonly text: string;
}
export const judged = (result: Judgement["result"], text: string): Judgement => ({ result, text });

const rank: Readonly<Record<Judgement["result"], number>> = { fail: 0, unknown: 1, warn: 2, pass: 3 };
/** Worst first. */
export const byResult = (a: Judgement, b: Judgement): number => rank[a.result] - rank[b.result];
