/**
 * What a command prints, as the real tool prints it. Nothing here may use a parser of src/xen/read, nor may one use anything here:
 * both would share one mistake. What holds these outputs are the recordings (test/sim/format).
 */
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";

export interface Answer {
  readonly rc: number;
  readonly stdout: string;
}
export const ok = (stdout: string): Answer => ({ rc: 0, stdout });
/** The reading's script says: this host doesn't have it. */
export const notHere: Answer = { rc: 69, stdout: "" };

export type Format = (world: World, host: SimHost) => Answer;
