import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    exclude: ["test/lab/**"],
    // Two cores: more workers only fight over them.
    maxWorkers: 2,
    setupFiles: ["test/kit/seed.ts"],
    // Only turns a hang into a failure: a machine that is busy with something else must not.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
