/** Prints each test as it ends: vitest's own reporters print nothing of a file before all of it is over, unless a person watches. */

import type { UserConsoleLog } from "vitest";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

interface Failure {
  readonly message: string;
  readonly stack?: string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const marks = { passed: "ok  ", failed: "FAIL", skipped: "skip", pending: "..." } as const;

export default class LabReporter implements Reporter {
  readonly #say: (line: string) => void;
  #passed = 0;
  #failed = 0;

  constructor(say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`)) {
    this.#say = say;
  }

  onTestCaseReady(test: TestCase): void {
    if (test.options.mode === "skip") return;
    this.#say(`...  ${test.fullName}`);
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    // Not meant, or not reached: a failed hook says why.
    if (state === "skipped") return;
    if (state === "passed") this.#passed += 1;
    if (state === "failed") this.#failed += 1;
    this.#say(`${marks[state]} ${test.fullName} (${seconds(test.diagnostic()?.duration ?? 0)})`);
    for (const { message, stack } of errors) this.#say(`${message}\n${stack ?? ""}`.replace(/^/gm, "     "));
  }

  /** What a test measured. */
  onUserConsoleLog({ content }: UserConsoleLog): void {
    this.#say(content.trimEnd());
  }

  /** What fails outside of a test: a hook, a file that can't be loaded. */
  #outside(errors: readonly Failure[]): void {
    for (const { message, stack } of errors) this.#say(`FAIL ${message}\n${stack ?? ""}`);
    this.#failed += errors.length;
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#outside(suite.errors());
  }

  onTestModuleEnd(module: TestModule): void {
    this.#outside(module.errors());
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly Failure[]): void {
    this.#outside(errors);
    this.#say(`${this.#passed} passed, ${this.#failed} failed`);
  }
}
