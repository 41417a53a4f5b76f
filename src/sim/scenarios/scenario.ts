/** A scenario: a pair as it stands, and what happens to it over time. */
import type { Faults } from "../fault.ts";
import type { World } from "../model/world.ts";

export interface Step {
  /** Seconds after the console comes. */
  readonly at_s: number;
  readonly what: string;
  readonly act: (fault: Faults, world: World) => void;
}

export interface Scenario {
  /** As `--demo NAME` takes it. */
  readonly name: string;
  /** One sentence for `--demo list`. */
  readonly sentence: string;
  /** Builds the world as it is when the story begins. */
  readonly build: (seed: number, start_ms: number) => World;
  /** Lines of the kernels' logs from before the story. */
  readonly before?: readonly Remembered[];
  /** In order of time; negative: before the console comes. */
  readonly steps: readonly Step[];
}

export interface Remembered {
  readonly ago_s: number;
  readonly host: string;
  readonly text: string;
}
