/**
 * Real jobs in the page, in Chromium: what of their receipts has come into the
 * server's database once the person has agreed, and the page was left.
 *
 *     node tests/web/telemetry_job.mjs URL MODEL DATABASE
 *
 * The server at URL has the page, the pieces of MODEL (.onnx) in its folder of
 * models, and writes to DATABASE.
 */
import { execFileSync } from 'node:child_process';
import { browsers } from './browsers.mjs';
import { check, group, summary } from './check.mjs';
import { chunkModel, photoPng } from './small.mjs';

const [url, path, database] = process.argv.slice(2);
const model = chunkModel(path, 128, 2048);

/** In the page: what telemetry would tell of each job. */
async function work(entry, base64) {
  const { cutout } = globalThis;
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const photo = new File([bytes], 'secret.png');
  const broken = new File([bytes.subarray(0, 60)], 'secret.png');
  const told = [];
  const run = async (source) => {
    const outcome = await cutout.run(source, { model: entry.name }).catch((e) => e);
    told.push(cutout.told(outcome.receipt));
  };
  cutout.models.register(entry);
  await run(photo);
  const before = cutout.telemetry.pending;
  cutout.telemetry.enable();
  await run(photo);
  await run(broken);
  return { told, before, pending: cutout.telemetry.pending };
}

const ask = (sql) =>
  JSON.parse(execFileSync('sqlite3', ['-json', database, sql], {
    encoding: 'utf8',
  }) || '[]');

async function arrived(n) {
  for (let i = 0; i < 100; i++) {
    if (ask('SELECT count(*) AS n FROM receipts')[0].n >= n) return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}

const without = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null
    && value !== undefined));
const equal = (what, got, want) =>
  check(what, JSON.stringify(got) === JSON.stringify(want), { got, want });

/** A row of the database in the words of the receipt that was told. */
function rowAs(row) {
  const ms = Object.entries(row)
    .filter(([name, value]) => name.startsWith('ms_') && value !== null)
    .map(([name, value]) => [name.slice(3), value]);
  const { id, plan } = row;
  return {
    ...{ cutout: row.engine, outcome: row.outcome, route: row.route },
    browser: { family: row.browser, major: row.major },
    planned: ask(`SELECT route, size, skipped, reason FROM plan_routes
      WHERE plan = ${plan} ORDER BY place`).map((one) => without({
      ...one,
      size: one.size || undefined,
      skipped: one.skipped === 1,
    })),
    attempts: ask(`SELECT route, outcome, cause FROM attempts
      WHERE receipt = ${id} ORDER BY place`).map(without),
    ...{ input: row.input, output: row.output },
    warm: row.warm === null ? null : row.warm === 1,
    peak_bytes: row.peak_bytes,
    ms: Object.fromEntries(ms.sort()),
    adapter: row.vendor || row.architecture ?
      without({ vendor: row.vendor, architecture: row.architecture }) : null,
  };
}

await group('jobs', async () => {
  const browser = await browsers.chromium();
  try {
    await browser.open(`${url}?cold`);
    const { told, before, pending } = await browser.run(
      work, model, photoPng(150, 100).toString('base64'));
    check('nothing is gathered without consent', before === 0, before);
    check('two receipts wait', pending === 2, pending);
    check('the second job was warm', told[1].warm === true, told[1]);
    check('the third had no picture', told[2].outcome === 'failed', told[2]);
    await browser.open('about:blank'); // the page before is hidden
    check('they arrive', await arrived(2));
    const rows = ask('SELECT * FROM receipts ORDER BY id');
    check('those two alone', rows.length === 2, rows);
    for (const [i, row] of rows.entries()) {
      const want = { ...told[i + 1] };
      want.ms = Object.fromEntries(Object.entries(want.ms).sort());
      equal(`receipt ${i + 1}`, without(rowAs(row)), without(want));
    }
    check('no name of a file', !/secret|png/.test(JSON.stringify(rows)), rows);
    console.log(`| a real job's receipt: ${rows[0].route}, ${
      rows[0].browser} ${rows[0].major}, ${rows[0].ms_total} ms`);
  } finally {
    await browser.close();
  }
});
summary('telemetry-job');
