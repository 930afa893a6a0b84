import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { builder } from '../builder.ts';

builder.addScalarType('JSON', GraphQLJSON, {
  description: 'Any JSON value: an object, a list, a text, a number, true, false.',
});
builder.addScalarType('DateTime', GraphQLDateTime, {
  description: 'A moment as RFC 3339 text with milliseconds, in UTC: 2026-11-24T12:00:00.000Z.',
});
