/** What a measurement is and what comes out of it. A new one is a file in measure/ and a line in measure/index.ts. */

export type Unit = "%" | "B" | "B/s" | "ms" | "MB" | "x" | "ms/min";

/** One figure of xenha-tui, next to the same figure of others. */
export interface Figure {
  readonly id: string;
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
  /** At most; absent: told, not judged. */
  readonly target?: number;
  /** The same of other programs, in the same unit. */
  readonly peers?: Readonly<Record<string, number>>;
  readonly note?: string;
}

export interface Bench {
  /** Seconds that something is watched: all of them, or the fewer of `--quick`. */
  readonly seconds: (full: number, quick: number) => number;
  /** The lab's hosts may be measured, too. */
  readonly lab: boolean;
  readonly tell: (text: string) => void;
}

export interface Measurement {
  readonly id: string;
  readonly title: string;
  readonly run: (bench: Bench) => Promise<readonly Figure[]>;
}
