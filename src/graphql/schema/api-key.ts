import { type CreatedApiKey, createApiKey, revokeApiKey } from '../../auth/commands/manage-keys.ts';
import { LIMITS } from '../../domain/limits.ts';
import { builder } from '../builder.ts';
import { ActorRef } from './actor.ts';
import { KeyKindEnum, KeySourceEnum, RoleEnum } from './enums.ts';
import { asResult, ERROR_TYPES, Refused, TYPE_OF_ERROR } from './errors.ts';

const ApiKeyRef = builder.prismaNode('ApiKey', {
  description:
    'What a person or a program calls with. Its secret is shown once, when it is made, and kept only as a hash.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Whose it is; on record with everything it does.' }),
    role: t.expose('role', { type: RoleEnum, description: 'What it may do.' }),
    kind: t.expose('kind', { type: KeyKindEnum, description: 'Who uses it.' }),
    sources: t.field({
      type: [KeySourceEnum],
      description: 'The sources it may name for tasks it makes.',
      resolve: (key) => [...key.sources],
    }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who made it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends; null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null: it was not.',
    }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.prismaField({
    type: [ApiKeyRef],
    description: 'Every API key, the newest first. Only for admins.',
    resolve: (query, _root, _args, { reader }) =>
      reader.apiKey.findMany({ ...query, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
  }),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new API key.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: `Whose it is; ${LIMITS.nameCharacters} characters at most.`,
    }),
    role: t.field({ type: RoleEnum, required: true, description: 'What it may do.' }),
    kind: t.field({ type: KeyKindEnum, description: 'Who uses it; PERSON when nothing is said.' }),
    sources: t.field({
      type: [KeySourceEnum],
      description:
        'The sources it may name, the first when it names none; API and DASHBOARD when nothing is said.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends; never when nothing is said.' }),
  }),
});

const CreateApiKeyPayload = builder.objectRef<CreatedApiKey>('CreateApiKeyPayload').implement({
  description: 'A new API key with its secret.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The key.' }),
    secret: t.exposeString('secret', {
      description: 'What to send as `Authorization: Bearer …`. Shown this once.',
    }),
  }),
});

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  description: 'What comes of createApiKey: its payload, or why it was refused.',
  types: [CreateApiKeyPayload, ERROR_TYPES.ValidationError, ERROR_TYPES.ForbiddenError],
  resolveType: (value) => (value instanceof Refused ? TYPE_OF_ERROR[value.code] : 'CreateApiKeyPayload'),
});

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyResult,
    description: 'Makes an API key; its secret is shown once. Only for admins.',
    args: {
      input: t.arg({ type: CreateApiKeyInput, required: true, description: 'What the key is to be.' }),
    },
    resolve: async (_root, { input }, { services, caller }) => {
      try {
        return await createApiKey(services.keys, caller, {
          name: input.name,
          role: input.role,
          ...(input.kind && { kind: input.kind }),
          ...(input.sources && { sources: input.sources }),
          ...(input.expiresAt && { expiresAt: input.expiresAt }),
        });
      } catch (error) {
        return asResult(error, ['ValidationError', 'ForbiddenError']);
      }
    },
  }),
);

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Ends an API key.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The key: `key_…`.' }) }),
});

const RevokeApiKeyPayload = builder
  .objectRef<Pick<CreatedApiKey, 'apiKey'>>('RevokeApiKeyPayload')
  .implement({
    description: 'The key that was revoked.',
    fields: (t) => ({
      apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The key as it is now.' }),
    }),
  });

const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  description: 'What comes of revokeApiKey: its payload, or why it was refused.',
  types: [
    RevokeApiKeyPayload,
    ERROR_TYPES.ValidationError,
    ERROR_TYPES.NotFoundError,
    ERROR_TYPES.ForbiddenError,
  ],
  resolveType: (value) => (value instanceof Refused ? TYPE_OF_ERROR[value.code] : 'RevokeApiKeyPayload'),
});

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyResult,
    description:
      'Ends an API key: its calls are refused and its streams end within 5 seconds. Only for admins.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which key.' }) },
    resolve: async (_root, { input }, { services, caller }) => {
      try {
        return { apiKey: await revokeApiKey(services.keys, caller, { id: input.id }) };
      } catch (error) {
        return asResult(error, ['ValidationError', 'NotFoundError', 'ForbiddenError']);
      }
    },
  }),
);
