import type { Reporter, TestModule } from 'vitest/node';

/** Says which tests failed first and then passed: races, in the test or in what it tests, that are still to be found. */
export default class SecondTry implements Reporter {
  onTestRunEnd(files: readonly TestModule[]) {
    for (const file of files) {
      for (const test of file.children.allTests('passed')) {
        if (test.diagnostic()?.flaky)
          console.log(`passed at the second try only: ${file.relativeModuleId} > ${test.fullName}`);
      }
    }
  }
}
