// Loaded into the console by NODE_OPTIONS: writes the longest time that its event loop did nothing else to $LOOP_GAP_FILE, each second.
import { writeFileSync } from "node:fs";

const EVERY_MS = 5;
let last_ms = performance.now();
let worst_ms = 0;
setInterval(() => {
  const now_ms = performance.now();
  worst_ms = Math.max(worst_ms, now_ms - last_ms - EVERY_MS);
  last_ms = now_ms;
}, EVERY_MS).unref();
setInterval(() => {
  writeFileSync(process.env.LOOP_GAP_FILE, String(worst_ms));
  worst_ms = 0;
}, 1000).unref();
