/** Commands that change a simulated host: what plans run there. */
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";

export interface ToolRun {
  readonly world: World;
  readonly host: SimHost;
  readonly argv: readonly string[];
  /** What it reads on its stdin. */
  readonly input: string;
  /** A line of its output. */
  say(line: string): void;
  /** Whether its process is still there: a command that was killed does nothing more. */
  lives(): boolean;
  /** It is over. */
  end(rc: number): void;
  /** Later, unless its host lost its power or the command was killed meanwhile. */
  after(delay_ms: number, task: () => void): void;
}

export type Tool = (run: ToolRun) => void;
