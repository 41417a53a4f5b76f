/** Targets that the kept figures miss, by the figure's id: what a profile says of it. */
export const misses: Readonly<Record<string, string>> = {
  "cpu-1hz":
    "of the main thread's time about two thirds judge the pair (a quarter of all its guests and their volumes, a fifth looking what changed, a seventh finding what to say), a sixth draws, a sixth reads six answers of 200 guests and 250 resources; by `--cpu-prof` a fifth of all is the cells' own bookkeeping; " +
    "by threads (`schedstat`) a quarter of all is the collector's and the compiler's. All 200 rows and 50 resyncs do change each second, and each row tells how old it is. It was 8.4 % before only what changed was judged again, " +
    "4.4 % before parts were compared, 2.8 % before less was made of it and before the compiler was waited for.",
  "cpu-4hz":
    "figures are shown once a second, so that what is left is reading: 24 answers a second. It was 22.4 % when each was judged and drawn as it came, 6.3 % before what is the very same was skipped, 5.0 % before a status line was no longer taken apart.",
  "scale-cpu": "what is read and judged grows with what changes; drawing doesn't. It was 4.8; both sides of it have fallen since.",
  rss: "56 MB are pages of Node's own file, 50 to 60 V8's heap (38 alive), 12 to 19 malloc's, 8 to 10 code. Flags don't reach it (docs/decisions, a launcher in sh).",
  "rss-console": "as without a guest's console: with one open no more was measured.",
  "console-flood-key-p95": "its end was measured beside a fuzz run on both cores.",
};
