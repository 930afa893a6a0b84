import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApp, testApp } from '../../fixtures/app.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const WAIT = { timeout: 20_000 };

function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const executablePath = findBrowser();
if (executablePath === undefined)
  process.stderr.write('SKIPPED: the GraphiQL test in a browser — apt-get install chromium\n');

interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the console, the content policy and the network complained of. */
  readonly complaints: string[];
  /** Addresses outside of the app that the page asked for. */
  readonly foreign: string[];
}

/** The page with every network but the app's cut off. */
async function open(browser: Browser, address: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const complaints: string[] = [];
  const foreign: string[] = [];
  await context.route(
    (url) => url.origin !== new URL(address).origin && url.protocol.startsWith('http'),
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(address);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor(WAIT);
  return { page, complaints, foreign, [Symbol.asyncDispose]: () => context.close() };
}

function tabNames(page: Page): Promise<string[]> {
  return page.locator('.graphiql-tab-button').allTextContents();
}

async function choose(page: Page, name: string): Promise<void> {
  await page.locator('.graphiql-tab-button', { hasText: name }).click();
  await page.locator('.graphiql-tab-active', { hasText: name }).waitFor(WAIT);
  await expect
    .poll(() => page.locator('.graphiql-query-editor .view-lines').innerText(), WAIT)
    .toMatch(new RegExp(`\\s${name}\\s*(\\(|\\{)`));
}

function shown(page: Page, part: 'response' | 'editor-tool'): Promise<string> {
  // The editor shows its spaces as ones that do not break.
  return page
    .locator(`.graphiql-${part} .view-lines:visible`)
    .innerText()
    .then((text) => text.replaceAll('\u00a0', ' '))
    .catch(() => '');
}

/** Presses play, and again while GraphiQL has not yet noticed which operation the tab holds; waits for the answer. */
async function run(page: Page, expected: RegExp): Promise<string> {
  const button = page.locator('.graphiql-execute-button');
  await button.click();
  let text = '';
  await expect
    .poll(async () => {
      text = await shown(page, 'response');
      if (text.includes('Cannot infer operation')) await button.click();
      return text.replaceAll(/\s+/g, ' ');
    }, WAIT)
    .toMatch(expected);
  return text;
}

async function setVariables(page: Page, variables: unknown): Promise<void> {
  await page.locator('.graphiql-editor-tools button', { hasText: 'Variables' }).click();
  await page.locator('.graphiql-editor-tool .view-lines:visible').click();
  await page.keyboard.press('Control+a');
  // Pasted, not typed: the editor would close each bracket and quote itself.
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(paste);
  }, JSON.stringify(variables));
  await expect.poll(() => shown(page, 'editor-tool')).toContain(Object.values(variables as object)[0]);
}

const TAB_NAMES = [
  'Create',
  'Watch',
  'List',
  'Answer',
  'Cancel',
  'History',
  'Preview',
  'Schedule',
  'Webhook',
  'Deliveries',
];

describe.skipIf(executablePath === undefined)('GraphiQL in a browser', { timeout: 90_000 }, () => {
  let app: TestApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await testApp();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ARGUMENTS.split(' ') });
  });
  afterAll(async () => {
    await browser?.close();
    await app?.[Symbol.asyncDispose]();
  });

  test('its first tabs take a task from its creation over a question to its end', async () => {
    await using opened = await open(browser, `${app.url}/graphql#key=${app.key}`);
    const { page, complaints, foreign } = opened;
    expect(await tabNames(page)).toEqual(TAB_NAMES);
    expect(page.url(), 'the key is taken out of the address').toBe(`${app.url}/graphql`);

    const created = await run(page, /"status": "PENDING"/);
    const id = /task_[0-9a-z]{26}/.exec(created)?.[0];
    expect(id).toBeDefined();

    await choose(page, 'Watch');
    await run(page, /"type": "TASK_INPUT_REQUESTED"/);

    await choose(page, 'List');
    await run(page, /"totalCount": 1, .*"status": "NEEDS_INPUT"/);

    await choose(page, 'Answer');
    await setVariables(page, { id, answer: 'The third quarter' });
    await run(page, /"status": "IN_PROGRESS"/);

    await choose(page, 'Watch');
    await run(page, /"type": "TASK_COMPLETED".*"status": "COMPLETED"/);

    await choose(page, 'History');
    await setVariables(page, { id });
    await run(page, /"status": "COMPLETED".*The third quarter/);

    await choose(page, 'Cancel');
    await setVariables(page, { id, reason: 'too late' });
    await run(page, /"code": "ILLEGAL_TRANSITION"/);

    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('a watcher sees over server-sent events what happens while it watches', async () => {
    await using opened = await open(browser, `${app.url}/graphql#key=${app.key}`);
    const { page, complaints } = opened;
    await choose(page, 'Watch');
    await setVariables(page, { after: '0' });
    await page.locator('.graphiql-execute-button').click();
    for (const title of ['the first while watching', 'the second while watching']) {
      await app.ask('mutation ($title: String!) { createTask(input: { title: $title }) { __typename } }', {
        title,
      });
      await expect
        .poll(async () => (await shown(page, 'response')).replaceAll(/\s+/g, ' '), WAIT)
        .toContain(`"title": "${title}"`);
    }
    await page.locator('.graphiql-execute-button').click();
    expect(complaints).toEqual([]);
  });

  test('the key stands in the headers of every tab, is kept out of what stays in the browser, and survives a reload', async () => {
    await using opened = await open(browser, `${app.url}/graphql#key=${app.key}`);
    const { page, complaints } = opened;
    for (const again of [false, true]) {
      if (again) await page.reload();
      await page.locator('.graphiql-query-editor .view-line').first().waitFor(WAIT);
      expect(await tabNames(page)).toEqual(TAB_NAMES);
      await page.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click();
      for (const name of again ? ['Create'] : ['List', 'History', 'Create']) {
        await choose(page, name);
        await expect.poll(() => shown(page, 'editor-tool'), WAIT).toContain(`Bearer ${app.key}`);
      }
    }
    await choose(page, 'List');
    await run(page, /"totalCount"/);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(app.key);
    expect(complaints).toEqual([]);
  });

  test('without a key it shows where to enter one', async () => {
    await using opened = await open(browser, `${app.url}/graphql`);
    const { page } = opened;
    await page.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click();
    await expect.poll(() => shown(page, 'editor-tool'), WAIT).toContain('PASTE YOUR KEY HERE');
  });
});
