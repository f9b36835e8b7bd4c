/**
 * The page in real browsers, with real weights and a real photo. The native
 * program's cut-out is the truth.
 *
 *     node tests/web/run.mjs [GROUP...]
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { browsers } from './browsers.mjs';
import { check, group, summary } from './check.mjs';
import * as drive from './drive.mjs';
import { packed, servePackage } from './package.mjs';
import * as made from './pictures.mjs';
import { compare, readPng } from './png.mjs';
import { matches, receiptSchema } from './schema.mjs';
import { native, serve } from './server.mjs';
import * as trouble from './trouble.mjs';

const photo = process.env.PHOTO;
const photo64 = drive.base64(photo);
const other = process.env.OTHER_PHOTO;
mkdirSync('build/web-test', { recursive: true });
const registry = JSON.parse(readFileSync('models/models.json'));
const small = { size: 256, model: 'isnet-q8' }; // where pixels do not matter

const truths = new Map();
function truth(...options) {
  const key = options.join(' ');
  if (!truths.has(key)) truths.set(key, native(photo, ...options));
  return truths.get(key);
}

function checkSame(what, result, want) {
  const got = readPng(Buffer.from(result.png, 'base64'));
  const { alpha, colour, worst } = compare(got, want);
  const say = `alpha ${alpha}, colour ${colour}, worst ${worst}`;
  check(`${what}: alpha as natively`, alpha >= 0.999, say);
  check(`${what}: colours as natively`, colour >= 0.999, say);
  check(`${what}: says that it is sRGB`, got.chunks.includes('sRGB'));
}

async function inBrowser(name, url, body, options) {
  const browser = await browsers[name](options);
  try {
    await browser.open(url);
    await browser.run(async () => {
      // on a busy machine WebKitGTK's driver returns before scripts have run
      for (let i = 0; i < 100 && !globalThis.cutout; i++)
        await new Promise((done) => setTimeout(done, 100));
    });
    await body(browser);
    check(`${name}: no error in the console`, !browser.errors.length,
      browser.errors);
  } finally {
    await browser.close();
  }
}

/** Why the routes of a browser are in their order; other ones are skipped. */
const reasons = {
  chromium: ['fastest', 'fallback', 'fallback', 'fallback',
    'no-adapter', 'no-adapter'],
  firefox: ['fastest', 'fallback', 'fallback', 'fallback',
    'no-webgpu', 'no-webgpu'],
  webkit: ['fastest', 'no-webgpu', 'no-webgpu', 'no-relaxed-simd',
    'no-shared-memory', 'no-relaxed-simd'],
};

function checkReasons(name, routes) {
  const full = routes.filter(({ size }) => size === 1024);
  const seen = full.map(({ reason }) => reason);
  check(`${name}: every route has its reason`,
    seen.join() === reasons[name].join(), full);
}

/** A first job and a second one, with the routes that this browser has. */
async function ordinary(name, bestRoute) {
  const server = await serve();
  await inBrowser(name, server.url, async (b) => {
    const facts = await b.run(drive.capabilities);
    check(`${name}: best route`, facts.routes[0] === bestRoute, facts);
    check(`${name}: isolated`, facts.crossOriginIsolated, facts);
    const first = await b.run(drive.job, photo64, {});
    const { receipt, stages } = first;
    checkSame(name, first, truth());
    const wrong = matches(receiptSchema, receipt);
    check(`${name}: receipt as its schema`, !wrong.length, wrong);
    checkReasons(name, receipt.routes);
    check(`${name}: route in receipt`, receipt.route === bestRoute, receipt);
    check(`${name}: outcome`, receipt.outcome === 'cut', receipt.outcome);
    check(`${name}: first job is cold`, !receipt.warm && receipt.ms.setup > 0);
    const names = ['decode', 'setup', 'download', 'prepare', 'inference',
      'refinement', 'encode'];
    check(`${name}: stages told`, stages.join() === names.join(), stages);
    const { planned, wasm } = receipt.peak_bytes;
    check(`${name}: at most 450 MB`, wasm <= 450e6, wasm);
    // input, mask, stacks, the module's own data, the photo
    check(`${name}: memory as planned`, wasm - planned < 24e6,
      receipt.peak_bytes);
    const second = await b.run(drive.job, photo64, {});
    check(`${name}: second job is warm`, second.receipt.warm);
    check(`${name}: same bytes again`, second.png === first.png);
    console.log(`| ${name}, ${bestRoute}: first ${
      Math.round(receipt.ms.total)} ms, then ${
      Math.round(second.receipt.ms.total)} ms, inference ${
      Math.round(second.receipt.ms.inference)} ms, ${
      (wasm / 1e6).toFixed(0)} MB`);
  });
  await server.stop();
}

async function routes() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const modules = ['relaxed-threads', 'simd-threads', 'relaxed', 'simd'];
    for (const route of modules.map((name) => `wasm-${name}`)) {
      const result = await b.run(drive.job, photo64, { route });
      check(`${route}: ran`, result.receipt.route === route, result.receipt);
      checkSame(route, result, truth());
    }
    const q8 = await b.run(drive.job, photo64, { model: 'isnet-q8' });
    checkSame('isnet-q8', q8, truth('-m', 'isnet-q8'));
    const plain = { refine: false, foreground: false, invert: true };
    const inverted = await b.run(drive.job, photo64, plain);
    const flags = ['--no-refine', '--no-foreground', '--invert'];
    checkSame('inverted', inverted, truth(...flags));
  });
  await server.stop();
}

async function notIsolated() {
  const server = await serve({ isolation: 'none' });
  await inBrowser('chromium', server.url, async (b) => {
    const facts = await b.run(drive.capabilities);
    check('not isolated: one thread',
      !facts.crossOriginIsolated && facts.threads === 1, facts);
    const result = await b.run(drive.job, photo64, {});
    check('not isolated: route', result.receipt.route === 'wasm-relaxed');
    checkSame('not isolated', result, truth());
  });
  await server.stop();
}

/** A host that says nothing of isolation: the service worker adds it, and the
 * page has threads after it loaded itself again, once. */
async function plainHost(name, route) {
  const server = await serve({ isolation: 'bare' });
  const { headers } = await fetch(server.url);
  const silent = !/cross-origin-(opener|embedder)/.test([...headers.keys()]);
  check('plain host: sends no isolation headers', silent, [...headers.keys()]);
  await inBrowser(name, server.url, async (b) => {
    const state = () => globalThis.cutout && {
      isolated: crossOriginIsolated,
      loads: Number(sessionStorage.getItem('cutout-isolated') !== null),
      controlled: Boolean(navigator.serviceWorker.controller),
    };
    let seen = null;
    for (let i = 0; i < 100 && !(seen?.controlled && seen.isolated); i++) {
      await new Promise((done) => setTimeout(done, 100));
      seen = await b.run(state).catch(() => null); // it may just be loading
    }
    check(`plain host, ${name}: isolated after one more load`,
      seen?.isolated && seen.loads === 1, seen);
    const result = await b.run(drive.job, photo64, {});
    check(`plain host, ${name}: route`, result.receipt.route === route,
      result.receipt.route);
    checkSame(`plain host, ${name}`, result, truth());
  });
  await server.stop();
}

/** The first worker of a kind does not come to life: its script is missing, or
 * it never runs. Another one is started, and the job knows nothing of it. */
async function stillborn() {
  const server = await serve();
  for (const how of ['missing', 'silent']) {
    await inBrowser('chromium', server.url, async (b) => {
      await b.page.evaluateOnNewDocument(deliverStillborn, how);
      await b.open(server.url);
      const { receipt } = await b.run(drive.job, photo64, small);
      const names = await b.run(() => globalThis.stillborn);
      check(`${how} workers: were there`, names.includes('cutout-media') &&
        names.includes('cutout-engine'), names);
      check(`${how} workers: one attempt`, receipt.attempts.length === 1 &&
        receipt.route === 'wasm-relaxed-threads', receipt.attempts);
      b.errors.length = 0; // the missing script
    });
  }
  await server.stop();
}

/* In the page, before its scripts. */
function deliverStillborn(how) {
  const { Worker, setTimeout } = globalThis;
  const lifeless = 10_000; // web/lib/sure_worker.ts
  const soon = (ms) => (ms === lifeless ? 300 : ms);
  globalThis.setTimeout = (body, ms, ...args) =>
    setTimeout(body, soon(ms), ...args);
  globalThis.stillborn = [];
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      const first = !globalThis.stillborn.includes(options.name);
      if (first) globalThis.stillborn.push(options.name);
      super(first && how === 'missing' ? `${url}.missing` : url, options);
      if (first && how === 'silent') super.terminate();
    }
  };
}

async function cancelling() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const stages = ['decode', 'setup', 'download', 'inference', 'refinement',
      'encode'];
    for (const stage of stages) {
      const { code, ms } = await b.run(drive.cancelAt, photo64, stage, {});
      check(`cancelled at ${stage}`, code === 'cancelled' && ms < 500,
        { code, ms });
    }
    const queued = await b.run(drive.cancelQueued, photo64, {});
    check('cancelled in the queue, at once',
      queued.code === 'cancelled' && queued.early, queued);
    const after = await b.run(drive.job, photo64, small);
    check('a job after cancelled ones', after.receipt.outcome !== undefined);
  });
  await server.stop();
}

async function mainThread() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const longest = await b.run(drive.longestTask, photo64, {});
    check('no task over 50 ms on the page\'s thread', longest <= 50, longest);
  });
  await server.stop();
}

async function manyJobs() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const sizes = await b.run(drive.memoryOfJobs, photo64, 50, small);
    const grown = sizes.at(-1) - sizes[0];
    check('50 jobs do not grow', grown === 0, sizes);
    await new Promise((done) => setTimeout(done, 1000));
    // the engine and its helper may stay; other workers are gone
    const workers = b.page.workers().map((worker) => worker.url());
    check('no workers are left over', workers.length <= 2, workers);
  });
  await server.stop();
}

async function store() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const options = { model: 'isnet-q8', size: 512 };
    const first = await b.run(drive.job, photo64, options);
    const chunks = await b.run(drive.damageStore);
    const list = () => globalThis.cutout.models.list();
    const [, damaged] = await b.run(list);
    check('a damaged store is not complete', !damaged.stored, damaged);
    await b.page.reload(); // drops the warm engine
    const second = await b.run(drive.job, photo64, options);
    const { load } = second.receipt;
    check('same result after repair', second.png === first.png);
    check('only damaged chunks were fetched again',
      load.downloaded > 0 && load.downloaded <= 3 * 2 ** 21, load);
    const verified = await b.run(() =>
      globalThis.cutout.models.verify('isnet-q8'));
    check('all chunks are good again',
      verified.good === chunks && verified.bad === 0, verified);
    await b.run(() => globalThis.cutout.models.delete('isnet-q8'));
    const [, deleted] = await b.run(list);
    check('deleted', deleted.storedBytes === 0, deleted);
  });
  await server.stop();
}

async function twoTabs() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const other = await b.page.browser().newPage();
    await other.goto(server.url);
    const fetchModel = () =>
      globalThis.cutout.models.fetch('isnet-q8').then((l) => l.downloaded);
    const counts = await Promise.all([
      b.page.evaluate(fetchModel),
      other.evaluate(fetchModel),
    ]);
    const [, model] = await b.run(() => globalThis.cutout.models.list());
    check('two tabs: stored once', model.stored, model);
    check('two tabs: downloaded once',
      counts[0] + counts[1] === model.bytes, counts);
  });
  await server.stop();
}

async function fullDisk() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const session = await b.page.createCDPSession();
    await session.send('Storage.overrideQuotaForOrigin', {
      origin: new URL(server.url).origin,
      quotaSize: 10e6,
    });
    const result = await b.run(drive.job, photo64, small);
    check('full disk: the job is done, and says that nothing was kept',
      !result.receipt.load.stored, result.receipt.load);
    const fetched = await b.run(() =>
      globalThis.cutout.models.fetch('isnet').then(
        () => 'stored',
        (error) => error.code,
      ));
    check('full disk: a fetch says so', fetched === 'quota', fetched);
  });
  await server.stop();
}

/** A device with too little memory for a model as trained. */
async function littleMemory(b) {
  await b.run(() =>
    Object.defineProperty(navigator, 'deviceMemory', { value: 0.25 }));
  const { receipt } = await b.run(drive.job, photo64, { model: 'isnet-q8' });
  const { routes, model, peak_bytes: peak } = receipt;
  const full = routes.find(({ route, size }) =>
    route === receipt.route && size === 1024);
  check('little memory: not at full size', !full.chosen &&
    full.reason === 'too-large-for-memory', full);
  check('little memory: at half of it', model.size === 512 &&
    routes[0].reason === 'smaller-size', routes[0]);
  const { plans } = registry.models.find(({ name }) => name === model.name);
  const known = plans.wasm.bytes[plans.sides.indexOf(512)];
  const off = Math.abs(peak.planned - known);
  check('the plan is as large as the policy knew', off < 0.05 * known, peak);
}

async function formats() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    for (const format of ['webp', 'jpeg']) {
      const options = { ...small, format, background: '#ff8800' };
      const { type, png, receipt } = await b.run(drive.job, photo64, options);
      const head = Buffer.from(png, 'base64').subarray(0, 12).toString('latin1');
      const magic = { webp: /^RIFF....WEBP/s, jpeg: /^\xff\xd8\xff/ };
      check(`${format} written`, magic[format].test(head), head);
      check(`${format} named`, type === `image/${format}`, type);
      check(`${format} in receipt`, receipt.output.format === format);
    }
    const errors = [
      ['no picture', 'hello, this is only text', {}, 'unsupported-format'],
      ['PNG without end', '\x89PNG\r\n\x1a\n broken', {}, null],
      ['unknown model', 'x', { model: 'nothing' }, 'no-model'],
      ['odd size', 'x', { size: 333 }, 'bad-option'],
    ];
    for (const [what, text, options, code] of errors) {
      const failure = await b.run(drive.failure, text, options);
      check(`${what}: error`, failure && (!code || failure.code === code) &&
        failure.message.length > 10, failure);
    }
    const after = await b.run(drive.job, photo64, small);
    check('a job after errors', after.type === 'image/png');
    await littleMemory(b);
  });
  await server.stop();
}

/** Reading pictures: their own alpha, Display P3, HEIC and AVIF. */
async function pictures(name) {
  const server = await serve();
  await inBrowser(name, server.url, async (b) => {
    const convert = async (bytes, format = 'png', quality) => {
      const picture = bytes.toString('base64');
      const answer = await b.run(drive.convert, picture, { format, quality });
      return { ...answer, bytes: Buffer.from(answer.png ?? '', 'base64') };
    };
    for (const { name: what, bytes, truth } of made.alphaPictures()) {
      const answer = await convert(bytes);
      const got = answer.png && readPng(answer.bytes);
      // WebKitGTK has no way around its canvas for WebP
      const lossy = what === 'WebP' && name === 'webkit';
      const worst = got ? made.worst(got, truth, lossy ? 128 : 1) : answer;
      check(`${name}, ${what}: alpha and colours stay`,
        worst <= (lossy ? 2 : 0), worst);
    }
    const broken = await convert(made.brokenPng());
    // Chromium and WebKit show the part of a PNG that is there
    check(`${name}, half a PNG`, broken.png || broken.code === 'bad-input',
      broken);

    const wide = made.widePictures();
    for (const format of ['png', 'jpeg']) {
      const answer = await convert(wide[format]);
      const got = readPng(answer.bytes);
      const kept = name !== 'webkit';
      const chunks = got.chunks.join();
      check(`${name}, P3 ${format}: the result says so`,
        /cICP.*iCCP/.test(chunks) === kept, chunks);
      const want = kept ? wide.truth : wide.srgb;
      const close = made.alike(got, want, format === 'png' ? 1 : 3);
      check(`${name}, P3 ${format}: colours`, close > 0.98, close);
      const jpeg = await convert(answer.bytes, 'jpeg', 1);
      const read = made.asSrgb(jpeg.bytes, `${name}-${format}.jpg`);
      const alike = made.alike(read, wide.srgb, 12);
      check(`${name}, P3 ${format}: colours as JPEG`, alike > 0.98, alike);
    }

    for (const { name: what, bytes, truth } of made.heifPictures()) {
      const answer = await convert(bytes);
      const got = answer.png && readPng(answer.bytes);
      const alike = got ? made.alike(got, truth, 6) : answer;
      // WebKitGTK does not turn an AVIF
      const turns = name !== 'webkit' || !/AVIF turned/.test(what);
      if (turns) check(`${name}, ${what}`, alike > 0.97, alike);
    }
    const [{ bytes }] = made.heifPictures();
    for (const length of [60, 400, bytes.length / 2]) {
      const answer = await convert(bytes.subarray(0, length));
      check(`${name}, ${length} bytes of a HEIC`, answer.code === 'bad-input' &&
        /damaged/.test(answer.message), answer);
    }
    b.errors.length = 0;
  });
  await server.stop();
}

/** The npm package: only built files, and they run without a bundler. */
async function npmPackage() {
  const { names, exports } = packed();
  const missing = Object.values(exports['.'])
    .filter((path) => !names.includes(path.slice(2)));
  check('package: what it exports is there', !missing.length, missing);
  const sources = names.filter((name) => /(?<!\.d)\.ts$/.test(name));
  check('package: no sources', !sources.length, sources);
  const server = await serve();
  const plain = await servePackage(server.url);
  await inBrowser('chromium', plain.url, async (b) => {
    const result = await b.run(drive.job, photo64, small);
    check('package: a job', result.receipt.outcome === 'cut', result.receipt);
    b.errors.length = 0; // the browser misses an icon
  });
  plain.stop();
  await server.stop();
}

/** A page that is not controlled is, as soon as the network is gone. */
async function takenOver(b) {
  const controlled = () =>
    b.run(() => Boolean(navigator.serviceWorker.controller));
  check('offline: a first visit is left alone', !(await controlled()));
  await b.run(() => void dispatchEvent(new Event('offline')));
  let after = false;
  for (let i = 0; i < 50 && !after; i++) {
    await new Promise((done) => setTimeout(done, 100));
    after = await controlled();
  }
  check('offline: the service worker takes over', after);
}

/** The server is killed; the page is loaded again; a new photo is cut out. */
async function offline(name) {
  const server = await serve();
  await inBrowser(name, server.url, async (b) => {
    const first = await b.run(drive.job, photo64, {});
    await b.run(() => navigator.serviceWorker.ready.then(() => true));
    await new Promise((done) => setTimeout(done, 1500));
    if (name === 'chromium') await takenOver(b);
    await server.stop();
    await b.open(server.url);
    const second = await b.run(drive.job, drive.base64(other), {});
    const { receipt } = second;
    check(`offline, ${name}: from the store`, receipt.load.downloaded === 0,
      receipt.load);
    check(`offline, ${name}: threads stay`, receipt.route ===
      first.receipt.route, receipt.route);
    checkSame(`offline, ${name}`, second, native(other));
    b.errors.length = 0; // the browser reports the dead server
  });
}

/** Waits for an element, through all shadow roots. */
const find = (page, selector) =>
  page.waitForFunction(
    (wanted) => {
      const search = (root) => {
        for (const e of root.querySelectorAll('*')) {
          if (e.matches(wanted)) return e;
          const inside = e.shadowRoot && search(e.shadowRoot);
          if (inside) return inside;
        }
        return null;
      };
      return search(document);
    },
    { polling: 100 },
    selector,
  );

/** The page as a person uses it. */
async function page() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const { page: p } = b;
    await p.setViewport({ width: 1100, height: 900 });
    const input = await find(p, 'input[type=file]');
    await p.screenshot({ path: 'build/web-test/start.png' });
    await input.uploadFile(photo);
    await find(p, 'progress');
    await new Promise((done) => setTimeout(done, 700));
    await p.screenshot({ path: 'build/web-test/running.png' });
    const slider = await find(p, 'input[type=range]');
    await new Promise((done) => setTimeout(done, 300));
    await p.screenshot({ path: 'build/web-test/result.png' });
    const at = () => slider.evaluate((input) => input.valueAsNumber);
    const before = await at();
    await slider.focus();
    await p.keyboard.press('ArrowRight');
    check('the slider has keys', (await at()) === before + 1, await at());
    const status = await (await find(p, 'main [role=status]'))
      .evaluate((e) => e.textContent.trim());
    check('the end is spoken', /is cut out/.test(status), status);
    await p.setViewport({ width: 390, height: 844 });
    await new Promise((done) => setTimeout(done, 300));
    await p.screenshot({ path: 'build/web-test/phone.png', fullPage: true });
    const darkness = (value) =>
      p.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
    await darkness('dark');
    await p.screenshot({ path: 'build/web-test/phone-dark.png' });
    await darkness('light');
    const wide = await p.evaluate(() =>
      document.documentElement.scrollWidth > window.innerWidth);
    check('a phone need not scroll sideways', !wide);
    await p.setViewport({ width: 1100, height: 900 });
    await p.evaluate(() => scrollTo(0, 0));
    await darkness('dark');
    await p.screenshot({ path: 'build/web-test/dark.png' });
    const nameless = await p.evaluate(() => {
      const all = (root) => [...root.querySelectorAll('*')].flatMap((e) =>
        e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
      return all(document)
        .filter((e) => e.matches('button, input:not([hidden]), img'))
        .filter((e) => !(e.ariaLabel || e.textContent.trim() ||
          e.labels?.length || e.hasAttribute('alt')))
        .map((e) => e.outerHTML);
    });
    check('every control has a name', !nameless.length, nameless);
  });
  await server.stop();
}

/** A later visit opens the engine before there is a photo; the job may want
 * other threads than were guessed. */
async function warmUp() {
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    const first = await b.run(drive.job, photo64, {});
    await b.open(server.url);
    const warmed = await b.run(() => globalThis.cutout.warm());
    for (const threads of [1, 2, 3]) {
      const { receipt, png } = await b.run(drive.job, photo64, { threads });
      check(`warm, ${threads} threads`,
        receipt.warm && receipt.threads === threads, receipt);
      check(`warm, ${threads} threads: same bytes`, png === first.png);
    }
    check('warmed', warmed);
  });
  await server.stop();
}

/** Every request of the browser during a job, from its network log. */
async function privacy() {
  const log = 'build/web-test/net.json';
  const server = await serve();
  await inBrowser('chromium', server.url, async (b) => {
    await b.run(drive.job, photo64, small);
  }, { netLog: log });
  const { events, constants } = JSON.parse(readFileSync(log, 'utf8'));
  const start = constants.logEventTypes.URL_REQUEST_START_JOB;
  const requests = events.filter((e) => e.type === start && e.params?.url)
    // the browser's own requests, for updates and the like, have no origin
    .filter(({ params }) => /^http/.test(params.initiator ?? ''))
    .map(({ params }) => ({ url: params.url, method: params.method }))
    .filter(({ url }) => /^(https?|wss?):/.test(url));
  check('requests were seen', requests.length > 20, requests.length);
  const elsewhere = requests.filter(({ url }) => !url.startsWith(server.url));
  check('no request to anywhere else', !elsewhere.length, elsewhere);
  const sending = requests.filter(({ method }) => method !== 'GET');
  check('nothing is sent', !sending.length, sending);
  await server.stop();
}

const groups = {
  chromium: () => ordinary('chromium', 'wasm-relaxed-threads'),
  firefox: () => ordinary('firefox', 'wasm-relaxed-threads'),
  webkit: () => ordinary('webkit', 'wasm-simd'),
  routes,
  notIsolated,
  plainHost: () => plainHost('chromium', 'wasm-relaxed-threads'),
  plainHostFirefox: () => plainHost('firefox', 'wasm-relaxed-threads'),
  plainHostWebkit: () => plainHost('webkit', 'wasm-simd'),
  page,
  stillborn,
  recovery: () => trouble.recovery(photo),
  drawerFirefox: trouble.drawerFirefox,
  chaosPage: trouble.chaosPage,
  cancelling,
  mainThread,
  manyJobs,
  warmUp,
  store,
  twoTabs,
  fullDisk,
  formats,
  pictures: () => pictures('chromium'),
  picturesFirefox: () => pictures('firefox'),
  picturesWebkit: () => pictures('webkit'),
  npmPackage,
  privacy,
  offline: () => offline('chromium'),
  offlineFirefox: () => offline('firefox'),
  offlineWebkit: () => offline('webkit'),
};

const wanted = process.argv.slice(2);
for (const [name, body] of Object.entries(groups))
  if (!wanted.length || wanted.includes(name)) await group(name, body);
summary('web');
