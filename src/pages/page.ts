import { createHash } from 'node:crypto';

export interface PageParts {
  readonly title: string;
  /** Addresses of the server's own style sheets and scripts. */
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
  /** The only inline script; it runs after the others. */
  readonly script: string;
  /** Inline style rules. */
  readonly css?: string;
  /** Shown until the script has run; its element is `#root`. */
  readonly loading: string;
  readonly noscript: string;
  /** True if it starts workers from the server's own files. */
  readonly hasWorkers?: boolean;
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * For the start of a page's script: reads the API key from `#key=`, stores it for this tab and removes it from the
 * address, so that it is not in the history, logs or the referrer. Sets `key`; empty if there is none.
 */
export const KEY_HANDOFF = `
const fragment = new URLSearchParams(location.hash.slice(1));
const key = fragment.get('key') || sessionStorage.getItem('errand-key') || '';
if (fragment.has('key')) history.replaceState(null, '', location.pathname + location.search);
if (key) sessionStorage.setItem('errand-key', key);
`;

/** A literal that cannot end the script that contains it. */
export function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** A page that runs only its inline script and the server's files, loads nothing else and cannot be framed. */
export function createPage(parts: PageParts): Page {
  const { title, styles, scripts, script, css, loading, noscript } = parts;
  const head = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    '<link rel="icon" href="data:,">',
    ...styles.map((address) => `<link rel="stylesheet" href="${address}">`),
    ...(css === undefined ? [] : [`<style>${css}</style>`]),
  ];
  const body = [
    `<noscript>${noscript}</noscript>`,
    `<div id="root">${loading}</div>`,
    ...scripts.map((address) => `<script src="${address}"></script>`),
    `<script>${script}</script>`,
  ];
  const html = `<!doctype html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n${body.join('\n')}\n</body>\n</html>\n`;
  return { html, headers: headersOf(script, parts.hasWorkers ?? false) };
}

/** The page itself is always revalidated: the addresses in it contain the versions of its files. */
function headersOf(script: string, hasWorkers: boolean): Record<string, string> {
  const scriptHash = createHash('sha256').update(script).digest('base64');
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'self' 'sha256-${scriptHash}'`,
      ...(hasWorkers ? ["worker-src 'self' blob:"] : []),
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self' data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join('; '),
  };
}

/** A page without any script, such as the answer for an unknown path. */
export function createPlainPage(title: string, body: string): Page {
  return {
    html: `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n${body}\n</html>\n`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    },
  };
}
