/** A worker of pool.ts: plays the seeds that it is told. */
import { parentPort } from "node:worker_threads";
import { fuzzRange, type Range, type Told } from "./pool.ts";

parentPort?.on("message", (range: Range) => {
  const tell = (told: Told): void => parentPort?.postMessage(told);
  fuzzRange(range).then(
    (part) => tell({ part }),
    (error: unknown) => tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
