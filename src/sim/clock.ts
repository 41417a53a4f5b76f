/** What drives the simulated pair when a person looks at it. */
export interface SimClock {
  now_ms(): number;
  /** Calls back about every so many milliseconds; returns what ends that. */
  every(ms: number, tick: () => void): () => void;
}

/** The machine's own clock. Keeps no process alive by itself. */
export const realClock: SimClock = {
  now_ms: () => Date.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
