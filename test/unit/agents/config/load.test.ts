import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type AgentCatalogue, loadAgents } from '../../../../src/agents/config/load.ts';

const agent = (model: string): string => `  ${model}: { model: ${model}, system: s }\n`;

/** A folder with an agents file in it, the log as lines, and facts to wait for. */
async function agentsFolder(content?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'errand-agents-'));
  const file = join(folder, 'agents.yaml');
  if (content !== undefined) await writeFile(file, content);
  const lines: string[] = [];
  let heard = (): void => undefined;
  const write = (line: string): void => {
    lines.push(line);
    heard();
  };
  const log = pino({ level: 'info' }, { write });
  return {
    file,
    lines,
    load: (more: { isRequired?: boolean; env?: (name: string) => string | undefined } = {}) =>
      loadAgents({
        file,
        isRequired: more.isRequired ?? false,
        defaultModel: 'demo',
        tools: ['manage_tasks'],
        env: more.env ?? (() => undefined),
        log,
        pollMs: 20,
      }),
    /** Puts another file in its place, as editors do. */
    replace: async (text: string) => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    },
    logged: (text: string) =>
      new Promise<string>((resolve) => {
        heard = () => {
          const line = lines.find((each) => each.includes(text));
          if (line !== undefined) resolve(line);
        };
        heard();
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function changed(agents: AgentCatalogue): Promise<void> {
  return new Promise((resolve) => {
    const stop = agents.onChange(() => {
      stop();
      resolve();
    });
  });
}

test('without a file there is the assistant, with the default model and its task tool', async () => {
  await using place = await agentsFolder();
  await using agents = await place.load();
  expect(agents.names()).toEqual(['assistant']);
  expect(agents.get('assistant')).toMatchObject({
    model: 'demo',
    tools: ['manage_tasks'],
    provider: undefined,
  });
});

test('with a file only the agents of the file exist', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}${agent('two')}`);
  await using agents = await place.load();
  expect(agents.names()).toEqual(['one', 'two']);
  expect(agents.all().map(({ model }) => model)).toEqual(['one', 'two']);
  expect(agents.get('assistant')).toBeUndefined();
});

test('a start with a wrong file fails with a line for each thing that is wrong', async () => {
  await using place = await agentsFolder('agents:\n  a:\n    modle: m\n    system: s\n');
  await expect(place.load()).rejects.toMatchObject({
    name: 'StartError',
    message: expect.stringContaining(
      `${place.file}:3:5: agents.a: unknown key "modle". Did you mean "model"?`,
    ),
  });
});

test('a start with a file that is named and missing fails', async () => {
  await using place = await agentsFolder();
  await expect(place.load({ isRequired: true })).rejects.toMatchObject({
    name: 'StartError',
    message: expect.stringContaining('it does not exist'),
  });
});

test('an edit is applied, written in place or by rename, and existing references keep their definition', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}`);
  await using agents = await place.load();
  const held = agents.get('one');
  const first = changed(agents);
  await writeFile(place.file, `agents:\n${agent('two')}`);
  await first;
  expect(agents.names()).toEqual(['two']);
  for (const name of ['three', 'four']) {
    const next = changed(agents);
    await place.replace(`agents:\n${agent(name)}`);
    await next;
    expect(agents.names()).toEqual([name]);
  }
  expect(held).toMatchObject({ name: 'one', model: 'one' });
});

test('after an invalid edit the last valid configuration stays in use, the problem is logged with line and column, and the next valid edit takes effect', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}`);
  await using agents = await place.load();
  await place.replace('agents:\n  a:\n    modle: m\n');
  expect(await place.logged('unknown key')).toContain(`${place.file}:3:5: agents.a: unknown key`);
  expect(agents.names()).toEqual(['one']);
  const next = changed(agents);
  await place.replace(`agents:\n${agent('two')}`);
  await next;
  expect(agents.names()).toEqual(['two']);
});

test('after the file is removed the last valid configuration stays in use, and the file is read when it is back', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}`);
  await using agents = await place.load();
  await rm(place.file);
  await place.logged('is missing');
  expect(agents.names()).toEqual(['one']);
  const next = changed(agents);
  await writeFile(place.file, `agents:\n${agent('two')}`);
  await next;
  expect(agents.names()).toEqual(['two']);
});

test('a file that is made later takes the place of the assistant', async () => {
  await using place = await agentsFolder();
  await using agents = await place.load();
  const next = changed(agents);
  await place.replace(`agents:\n${agent('one')}`);
  await next;
  expect(agents.names()).toEqual(['one']);
});

test('a listener that throws is logged and hurts no other', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}`);
  await using agents = await place.load();
  agents.onChange(() => {
    throw new Error('mine');
  });
  const next = changed(agents);
  await place.replace(`agents:\n${agent('two')}`);
  await next;
  await place.logged('a listener to changes of the agents failed');
});

test('a key that was looked up is in no log', async () => {
  await using place = await agentsFolder(`agents:\n${agent('one')}`);
  await using agents = await place.load({ env: () => 'sk-very-secret' });
  const next = changed(agents);
  await place.replace(
    `agents:\n  a: { model: m, system: s, provider: p }\nproviders:\n  p: { base_url: http://h/v1, api_key: "\${KEY}" }\n`,
  );
  await next;
  expect(agents.get('a')?.provider?.apiKey).toBe('sk-very-secret');
  await place.replace(`agents: {}\nproviders:\n  p: { base_url: "\${KEY}", api_key: "\${KEY}" }\n`);
  await place.logged('Defines no agent');
  expect(place.lines.join('')).not.toContain('very-secret');
});
