// The one line that counts, from the JSON that vitest's reporter wrote to the file that is named.
import { readFileSync } from 'node:fs';

/** @type {import('vitest/reporters').JsonTestResults} */
const results = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of results.testResults) {
  const before = counts.failed;
  for (const { status } of file.assertionResults) {
    counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
  }
  // What fails outside of tests, as when a file cannot be loaded or set up, counts as well.
  if (file.status === 'failed' && counts.failed === before) counts.failed += 1;
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
