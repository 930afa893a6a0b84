import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createPage, createPlainPage, inScript, KEY_HANDOFF } from '../../../src/pages/page.ts';

const PARTS = {
  title: 'A page',
  styles: ['/a.css?v=1'],
  scripts: ['/a.js?v=2'],
  script: 'go();',
  loading: 'Loading…',
  noscript: 'It needs JavaScript.',
};

test('a page may run its own script and our files, and nothing else', () => {
  const { html, headers } = createPage(PARTS);
  const hash = createHash('sha256').update('go();').digest('base64');
  expect(headers['content-security-policy']).toContain(`script-src 'self' 'sha256-${hash}';`);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['content-security-policy']).not.toContain('worker-src');
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
  expect(html.indexOf('/a.js?v=2')).toBeLessThan(html.indexOf('<script>go();</script>'));
  expect(createPage({ ...PARTS, hasWorkers: true }).headers['content-security-policy']).toContain(
    'worker-src',
  );
});

test('a value in a script cannot end it', () => {
  expect(inScript('</script>')).not.toContain('<');
  expect(JSON.parse(inScript('</script>'))).toBe('</script>');
});

test('a plain page may run nothing', () => {
  const { headers, html } = createPlainPage('Not found', '<p>Not found</p>');
  expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(html).toContain('<title>Not found</title>');
});

describe('the hand-off of the key', () => {
  function handOff(hash: string, stored: Record<string, string> = {}) {
    const shown: string[] = [];
    const key = runInNewContext(`${KEY_HANDOFF}; key`, {
      URLSearchParams,
      location: { hash, pathname: '/page', search: '?x=1' },
      history: { replaceState: (_state: unknown, _title: string, address: string) => shown.push(address) },
      sessionStorage: {
        getItem: (name: string) => stored[name] ?? null,
        setItem: (name: string, value: string) => {
          stored[name] = value;
        },
      },
    });
    return { key, shown, stored };
  }

  test('takes it out of the address and keeps it for the tab', () => {
    expect(handOff('#key=ek_1')).toEqual({
      key: 'ek_1',
      shown: ['/page?x=1'],
      stored: { 'errand-key': 'ek_1' },
    });
  });

  test('finds the key again in the same tab, and is empty without one', () => {
    expect(handOff('', { 'errand-key': 'ek_1' })).toMatchObject({ key: 'ek_1', shown: [] });
    expect(handOff('')).toEqual({ key: '', shown: [], stored: {} });
  });
});
