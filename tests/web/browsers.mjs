/**
 * The three browsers, headless, behind one small interface:
 *   open(url), run(function, ...args), close(), and `requests`, the addresses
 *   asked for, where the browser tells.
 * `run` takes a function that returns a promise or a value that JSON can hold.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../web/package.json', import.meta.url));

const chromiumArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const patience = 120_000; // a job on a busy machine

async function puppeteerBrowser(options) {
  const puppeteer = require('puppeteer-core');
  const browser = await puppeteer.launch({
    headless: true,
    protocolTimeout: patience,
    ...options,
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  const requests = [];
  const errors = [];
  page.on('request', (request) =>
    requests.push({ url: request.url(), method: request.method() }),
  );
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return {
    page,
    requests,
    errors,
    open: (url) => page.goto(url, { waitUntil: 'load' }),
    run: (f, ...args) => page.evaluate(f, ...args),
    screenshot: (path) => page.screenshot({ path }),
    close: () => browser.close(),
  };
}

/** `netLog`: a file for the browser's own log of all its requests. `webgpu`:
 * with WebGPU, which SwiftShader does where there is no GPU. `patience`: how
 * long a call may take, in milliseconds. `args`: more of its command line. */
const chromium = ({
  netLog,
  webgpu,
  args = [],
  patience: ms = patience,
} = {}) =>
  puppeteerBrowser({
    protocolTimeout: ms,
    executablePath: '/usr/bin/chromium',
    args: [
      ...chromiumArgs,
      ...(netLog ? [`--log-net-log=${netLog}`] : []),
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
      ...args,
    ],
  });

const firefox = () =>
  puppeteerBrowser({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
  });

function miniBrowser() {
  const list = execFileSync('dpkg', ['-L', 'libwebkit2gtk-4.1-0'], {
    encoding: 'utf8',
  });
  return list.split('\n').find((path) => path.endsWith('/MiniBrowser'));
}

async function until(body, what) {
  for (let i = 0; i < 150; i++) {
    const value = await body().catch(() => undefined);
    if (value !== undefined) return value;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what} did not come up`);
}

/** W3C WebDriver by hand: four commands are enough. */
async function webkit() {
  const home = mkdtempSync(join(tmpdir(), 'cutout-webkit-'));
  const port = 20000 + (process.pid % 20000);
  const display = `:${100 + (process.pid % 400)}`;
  const env = { ...process.env, DISPLAY: display, HOME: home };
  const start = (name, args) => spawn(name, args, { env, stdio: 'ignore' });
  const xvfb = start('Xvfb', [display, '-screen', '0', '1280x1024x24']);
  const driver = start('WebKitWebDriver', [`--port=${port}`]);
  const command = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value ?? null;
  };
  await until(() => command('GET', '/status'), 'WebKitWebDriver');
  const { sessionId } = await until(
    () =>
      command('POST', '/session', {
        capabilities: {
          alwaysMatch: {
            'webkitgtk:browserOptions': {
              binary: miniBrowser(),
              args: ['--automation'],
            },
            timeouts: { script: patience, pageLoad: 60_000 },
          },
        },
      }),
    'WebKitGTK',
  );
  const session = (method, path, body) =>
    command(method, `/session/${sessionId}${path}`, body);
  return {
    requests: undefined,
    errors: [],
    open: (url) => session('POST', '/url', { url }),
    run: async (f, ...args) => {
      const script = `const done = arguments[arguments.length - 1];
        const args = Array.prototype.slice.call(arguments, 0, -1);
        Promise.resolve().then(() => (${f})(...args)).then(
          (value) => done({ value }),
          (error) => done({ error: String(error) }));`;
      const { value, error } = await session('POST', '/execute/async', {
        script,
        args,
      });
      if (error) throw new Error(error);
      return value;
    },
    close: async () => {
      await session('DELETE', '').catch(() => {});
      driver.kill();
      xvfb.kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const browsers = { chromium, firefox, webkit };
