/** What a person sees when things go wrong: the sentence of recovery, the
 * drawer and its buttons, the page of failures on purpose. */
import { browsers } from './browsers.mjs';
import { check } from './check.mjs';
import { serve } from './server.mjs';

const small = 'model=isnet-q8&size=256';

async function visit(name, path, body) {
  const server = await serve();
  const browser = await browsers[name]();
  try {
    await browser.open(`${server.url}${path}`);
    await browser.page.waitForFunction('globalThis.cutout');
    await body(browser, server);
    check(`${name}, ${path}: no error in the console`,
      !browser.errors.length, browser.errors);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** The first element, through all shadow roots; with these words, if any. */
export const find = (page, selector, words = '') =>
  page.waitForFunction(
    (wanted, text) => {
      const search = (root) => {
        for (const e of root.querySelectorAll('*')) {
          if (e.matches(wanted) && e.textContent.includes(text)) return e;
          const inside = e.shadowRoot && search(e.shadowRoot);
          if (inside) return inside;
        }
        return null;
      };
      return search(document);
    },
    { polling: 50 },
    selector,
    words,
  );

const textOf = async (page, selector, words) =>
  (await find(page, selector, words)).evaluate((e) =>
    e.textContent.replace(/\s+/g, ' ').trim());

async function altI(page) {
  await page.keyboard.down('Alt');
  await page.keyboard.press('KeyI');
  await page.keyboard.up('Alt');
}

/** A worker dies in a person's job: it is said, also to screen readers, what
 * happened and how it goes on. With `remember` the policy keeps it. */
async function recovers(b, photo) {
  const { page } = b;
  const input = await find(page, 'input[type=file]');
  await input.uploadFile(photo);
  // both at once: a job may end between two questions
  const both = await page.waitForFunction(() => {
    const root = document.querySelector('cutout-page').shadowRoot;
    const job = root.querySelector('cutout-job')?.shadowRoot;
    const remark = job?.querySelector('.remark')?.textContent.trim();
    const status = root.querySelector('main [role=status]').textContent.trim();
    return remark && status.includes(remark) && [remark, status];
  }, { polling: 50 });
  const [said, spoken] = await both.jsonValue();
  check('the sentence of recovery, seen and spoken',
    said === 'The browser stopped a part of the work; going on another way.',
    [said, spoken]);
  await find(page, 'cutout-result');
  const tried = await textOf(page, 'cutout-result ol, td ol');
  check('the result tells of both attempts',
    /it crashed.*worked/.test(tried), tried);
}

async function forgets(b) {
  const { page } = b;
  const marks = () => b.run(() => globalThis.cutout.past.list().length);
  check('a failure is remembered', (await marks()) > 0);
  await altI(page);
  const words = 'Forget remembered failures';
  const button = await find(page, 'button', words);
  await button.evaluate((e) => e.click());
  await find(page, '[role=status]', 'Forgotten');
  check('it is forgotten', (await marks()) === 0);
  const left = await button.evaluate((e) => e.isConnected);
  check('the button goes with it', !left);
}

/** Copied where that may be; shown where the browser does not let it. */
async function copies(b) {
  const { page } = b;
  const copy = async () =>
    (await find(page, 'button', 'Copy report')).evaluate((e) => e.click());
  await b.run(() => {
    Clipboard.prototype.writeText = async (text) => {
      globalThis.copied = text;
    };
  });
  await copy();
  await find(page, '[role=status]', 'Copied.');
  const copied = JSON.parse(await b.run(() => globalThis.copied));
  check('the report has facts, routes and the job', copied.facts &&
    copied.routes.length > 3 && copied.jobs.length === 1, copied);
  await b.run(() => {
    Clipboard.prototype.writeText = () =>
      Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await copy();
  const area = await find(page, 'textarea');
  const shown = JSON.parse(await area.evaluate((e) => e.value));
  check('a report that cannot be copied is shown',
    shown.jobs.length === 1, shown);
  const name = JSON.stringify(shown);
  check('it names no file', !/\.(png|jpe?g)"/.test(name), name);
}

export async function recovery(photo) {
  const chaos = 'chaos=worker-crash@50%25,remember';
  await visit('chromium', `?${small}&${chaos}`, async (b) => {
    await recovers(b, photo);
    await forgets(b);
    await copies(b);
    await b.page.keyboard.press('Escape');
    // without that word, trouble on request leaves no mark
    await b.run(async () => {
      const canvas = new OffscreenCanvas(64, 64);
      canvas.getContext('2d').fillRect(9, 9, 30, 30);
      const picture = await canvas.convertToBlob();
      await globalThis.cutout.run(picture, {
        ...{ model: 'isnet-q8', size: 256, chaos: 'oom@upload' },
      });
    });
    const marks = await b.run(() => globalThis.cutout.past.list());
    check('trouble on request is not remembered', !marks.length, marks);
  });
}

export async function drawerFirefox() {
  await visit('firefox', '?cold', async (b) => {
    const { page } = b;
    await find(page, 'button', 'Diagnostics');
    await altI(page);
    check('firefox: the drawer opens', await find(page, 'dialog[open]'));
    const table = await textOf(page, 'table', 'Processor');
    check('firefox: facts', /Browser.*firefox.*cores.*no WebGPU/i.test(table),
      table);
    const routes = await textOf(page, '.routes', 'wasm-relaxed-threads');
    check('firefox: routes and reasons', /The fastest/i.test(routes), routes);
    await altI(page);
    const closed = await page.waitForFunction(() => !document
      .querySelector('cutout-page').shadowRoot.querySelector('cutout-drawer')
      .shadowRoot.querySelector('dialog').open);
    check('firefox: and closes', closed);
  });
}

/** One job of the page that breaks jobs. */
export async function chaosPage() {
  await visit('chromium', `chaos.html?${small}&chaos=worker-crash@50%25`,
    async (b) => {
      const { page } = b;
      await find(page, '.photo img');
      const start = await find(page, 'button.main', 'Break a job');
      await start.evaluate((e) => e.click());
      const verdict = await textOf(page, '.trial.survived .verdict');
      check('chaos page: survived, the same picture',
        /^Survived 1 failure, .*: the same bytes as undisturbed$/.test(verdict),
        verdict);
      const failed = await textOf(page, '.what.failed');
      check('chaos page: in plain words',
        /^✕ After .*, finding the subject: it crashed\.$/.test(failed), failed);
      await find(page, '[role=status]', '1 survived, 0 lost.');
      const counted = await textOf(page, '.counters');
      check('chaos page: counted', /survived 1 lost 0/.test(counted), counted);
      await page.setViewport({ width: 390, height: 844 });
      const wide = await page.evaluate(() =>
        document.documentElement.scrollWidth > innerWidth);
      check('chaos page: a phone need not scroll sideways', !wide);
    });
}
