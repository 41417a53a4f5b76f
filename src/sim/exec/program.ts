/** What a program on a simulated host is to whoever started it: over memory and over ssh alike. */
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";

export interface SimTerminal {
  readonly columns: number;
  readonly rows: number;
  readonly term: string;
}

/** Where a program's words go. After `end` nothing is said. */
export interface SimOutput {
  out(data: Uint8Array | string): void;
  /** With a terminal the same as `out`. */
  err(text: string): void;
  end(code: number | undefined, signal?: string): void;
}

export interface SimStart {
  readonly world: World;
  readonly host: SimHost;
  readonly argv: readonly string[];
  readonly pty: SimTerminal | undefined;
  readonly output: SimOutput;
}

/** A program that runs. */
export interface SimProgram {
  hear(data: Uint8Array): void;
  /** Its stdin ended. */
  eof(): void;
  resize(columns: number, rows: number): void;
  /** Whoever listens can take no more for now; what is said meanwhile waits with the program. */
  pause(): void;
  resume(): void;
  /** The channel is gone: SIGHUP. */
  hangUp(): void;
}

/** undefined: this isn't the program that was meant. */
export type SimCommand = (start: SimStart) => SimProgram | undefined;

const nothing = (): void => undefined;
/** A program that has said all it had to say. */
export const ended: SimProgram = { hear: nothing, eof: nothing, resize: nothing, pause: nothing, resume: nothing, hangUp: nothing };
