import { defineConfig } from "vitest/config";
import LabReporter from "./reporter.ts";

export default defineConfig({
  test: {
    include: ["test/lab/**/*.lab.ts"],
    // One pair of machines: one thing at a time, in the order written.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 45 * 60_000,
    hookTimeout: 15 * 60_000,
    reporters: [new LabReporter()],
  },
});
