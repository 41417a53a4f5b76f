/** Targets that the kept figures miss, by the figure's id: what a profile says of it. */
export const misses: Readonly<Record<string, string>> = {
  "cpu-1hz":
    "45 ms a second, by `--cpu-prof`: 24 judge the pair (9 guests, 7 looking what changed, 4 findings, 2 the verdict), 8 draw, 7 read six answers of 200 guests and 250 resources, 5 collect garbage. " +
    "All 200 rows and 50 resyncs do change each second. It was 8.4 % before only what changed was judged again.",
  "cpu-4hz":
    "figures are shown once a second, so that what is left is reading: 24 answers a second. It was 22.4 % when each was judged and drawn as it came.",
  "scale-cpu": "what is read and judged grows with what changes; drawing doesn't. It was 4.8.",
  "key-screen-p95":
    "a screen is made when it is asked for: all of its 200 guests or 400 volumes are measured for its columns, then some 50 drawn, and all cells written. By `--cpu-prof` 1 to 3 ms make the rows, 1 draws them, 2 are Ink's and the terminal's. The same screen again takes 4.6 ms.",
  "event-domain-p50":
    "measured before the commands' own time was told apart, and with a simulated probe that waited for its own beat. What the probe's order and the views' pace put between is held by a test (test/state/event-to-view.test.ts): 120 ms at most.",
  "event-domain-max":
    "a reading waits for one of the probe's three slots, or for its turn where it was read three times just before: half a second at most.",
  "event-drbd-p50": "as for domains.",
  "event-drbd-max": "as for domains.",
  rss: "56 MB are pages of Node's own file, 50 to 60 V8's heap (38 alive), 12 to 19 malloc's, 8 to 10 code. Flags don't reach it (docs/decisions, a launcher in sh).",
};
