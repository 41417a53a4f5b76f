import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    exclude: ["test/lab/**"],
    // Two cores: more workers only fight over them.
    maxWorkers: 2,
    setupFiles: ["test/kit/seed.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
