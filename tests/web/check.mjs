/** Counted checks, and the summary line that the test run reads. */
let passed = 0;
let failed = 0;

export function check(what, fine, seen = '') {
  if (fine) passed++;
  else failed++;
  if (!fine) console.log(`FAILED: ${what}: ${JSON.stringify(seen)}`);
  else if (process.env.VERBOSE) console.log(`ok: ${what}`);
}

/** A body that throws is one failed check, and the run goes on. */
export async function group(name, body) {
  const start = Date.now();
  try {
    await body();
  } catch (error) {
    check(`${name} ended`, false, String(error?.stack ?? error));
  }
  console.log(`${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

export function summary(name) {
  console.log(`${name}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}
