import { type CreatedApiKey, createApiKey, revokeApiKey } from '../../auth/commands/manage-keys.ts';
import { LIMITS } from '../../domain/limits.ts';
import { builder } from '../builder.ts';
import { ActorRef } from './actor.ts';
import { KeyKindEnum, KeySourceEnum, RoleEnum } from './enums.ts';
import { asResult, ERROR_TYPES, Refused, TYPE_OF_ERROR } from './errors.ts';

const ApiKeyRef = builder.prismaNode('ApiKey', {
  description:
    'A key with which a person or a program calls the API. Its secret is shown once, when the key is created; only a hash is stored.',
  id: { field: 'id' },
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The name of its owner; recorded with everything that the key does.',
    }),
    role: t.expose('role', { type: RoleEnum, description: 'What the key is allowed to do.' }),
    kind: t.expose('kind', { type: KeyKindEnum, description: 'Whether a person or a program uses it.' }),
    sources: t.field({
      type: [KeySourceEnum],
      description: 'The sources that `createTask` accepts from this key; the first is the default.',
      resolve: (key) => [...key.sources],
    }),
    createdBy: t.expose('createdBy', { type: ActorRef, description: 'Who created it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it expires. Null: never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked. Null: it is not revoked.',
    }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.prismaField({
    type: [ApiKeyRef],
    description: 'All API keys, the oldest first. Only for admins.',
    resolve: (query, _root, _args, { reader }) =>
      reader.apiKey.findMany({ ...query, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
  }),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new API key.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: `The name of its owner; at most ${LIMITS.nameCharacters} characters.`,
    }),
    role: t.field({ type: RoleEnum, required: true, description: 'What the key is allowed to do.' }),
    kind: t.field({
      type: KeyKindEnum,
      description: 'Whether a person or a program uses it. Default: PERSON.',
    }),
    sources: t.field({
      type: [KeySourceEnum],
      description:
        'The sources that `createTask` accepts from this key; the first is the default. Default: API and DASHBOARD.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it expires. Default: never.' }),
  }),
});

const CreateApiKeyPayload = builder.objectRef<CreatedApiKey>('CreateApiKeyPayload').implement({
  description: 'The payload of createApiKey: the new key and its secret.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The key.' }),
    secret: t.exposeString('secret', {
      description: 'The secret, for the header `Authorization: Bearer …`. Shown only here.',
    }),
  }),
});

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  description: 'The result of createApiKey: its payload, or an error.',
  types: [CreateApiKeyPayload, ERROR_TYPES.ValidationError, ERROR_TYPES.ForbiddenError],
  resolveType: (value) => (value instanceof Refused ? TYPE_OF_ERROR[value.code] : 'CreateApiKeyPayload'),
});

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyResult,
    description: 'Creates an API key. Its secret is shown only in this result. Only for admins.',
    args: {
      input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The new key.' }),
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
  description: 'Revokes an API key.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The key: `key_…`.' }) }),
});

const RevokeApiKeyPayload = builder
  .objectRef<Pick<CreatedApiKey, 'apiKey'>>('RevokeApiKeyPayload')
  .implement({
    description: 'The payload of revokeApiKey.',
    fields: (t) => ({
      apiKey: t.expose('apiKey', { type: ApiKeyRef, description: 'The revoked key.' }),
    }),
  });

const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  description: 'The result of revokeApiKey: its payload, or an error.',
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
      'Revokes an API key: its calls are refused, and its streams end within 5 seconds. Only for admins.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to revoke.' }) },
    resolve: async (_root, { input }, { services, caller }) => {
      try {
        return { apiKey: await revokeApiKey(services.keys, caller, { id: input.id }) };
      } catch (error) {
        return asResult(error, ['ValidationError', 'NotFoundError', 'ForbiddenError']);
      }
    },
  }),
);
