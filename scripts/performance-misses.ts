/** Targets that the kept figures miss, by the figure's id: what a profile says of it. */
export const misses: Readonly<Record<string, string>> = {
  "cpu-1hz":
    "by `--cpu-prof` about half judges the pair (guests a fifth of all, looking what changed a tenth, findings a tenth, the verdict a twentieth), a fifth draws, an eighth reads six answers of 200 guests and 250 resources, a " +
    "seventh collects what that leaves behind. All 200 rows and 50 resyncs do change each second, and each row tells how old it is. It was 8.4 % before only what changed was judged again, 4.4 % before parts were compared.",
  "cpu-4hz":
    "figures are shown once a second, so that what is left is reading: 24 answers a second. It was 22.4 % when each was judged and drawn as it came, 6.3 % before what is the very same was skipped.",
  "scale-cpu": "what is read and judged grows with what changes; drawing doesn't. It was 4.8.",
  rss: "56 MB are pages of Node's own file, 50 to 60 V8's heap (38 alive), 12 to 19 malloc's, 8 to 10 code. Flags don't reach it (docs/decisions, a launcher in sh).",
  "rss-console": "as without a guest's console: with one open no more was measured.",
  "console-flood-key-p95": "its end was measured beside a fuzz run on both cores.",
};
