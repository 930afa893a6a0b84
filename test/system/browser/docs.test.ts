import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { testApp } from '../../fixtures/app.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGUMENTS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];
const WAIT = { timeout: 20_000 };

const executablePath = NAMES.flatMap((name) =>
  (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, name)),
).find((file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});
if (executablePath === undefined)
  process.stderr.write('SKIPPED: the REST page in a browser — apt-get install chromium\n');

test.skipIf(executablePath === undefined)(
  'the REST page shows every operation, takes the key out of its address, and asks nobody else for anything',
  async () => {
    await using app = await testApp({ work: false });
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ARGUMENTS });
    try {
      const context = await browser.newContext({ viewport: { width: 1400, height: 1200 } });
      const complaints: string[] = [];
      const foreign: string[] = [];
      await context.route(
        (url) => url.origin !== app.url && url.protocol.startsWith('http'),
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
      await page.goto(`${app.url}/api/v1/docs#key=${app.key}`);
      await page.locator('.opblock').first().waitFor(WAIT);
      expect(page.url()).not.toContain(app.key);
      const document = (await (await fetch(`${app.url}/api/v1/openapi.json`)).json()) as {
        paths: Record<string, object>;
      };
      const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
      expect(await page.locator('.opblock').count()).toBe(operations);

      const agents = page.locator('#operations-Agents-listAgents');
      await agents.click();
      await agents.locator('button.execute').click(WAIT);
      await expect
        .poll(() => agents.locator('.live-responses-table .microlight').first().textContent(), WAIT)
        .toContain('"assistant"');
      expect(foreign).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  60_000,
);
