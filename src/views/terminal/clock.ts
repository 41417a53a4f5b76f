/** Time as the views need it, injected so that tests move it by hand. */
export interface Clock {
  /** Milliseconds that never go back; only differences mean anything. */
  readonly now_ms: () => number;
  /** Calls once after `delay_ms`; the function returned takes it back. */
  readonly after: (delay_ms: number, call: () => void) => () => void;
}

export const systemClock: Clock = {
  now_ms: () => performance.now(),
  after: (delay_ms, call) => {
    const timer = setTimeout(call, delay_ms);
    return () => clearTimeout(timer);
  },
};
