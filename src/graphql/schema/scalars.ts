import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { builder } from '../builder.ts';

builder.addScalarType('JSON', GraphQLJSON, {
  description: 'Any JSON value: an object, a list, a string, a number or a boolean.',
});
builder.addScalarType('DateTime', GraphQLDateTime, {
  description: 'A time in UTC as RFC 3339 text with milliseconds: 2026-11-24T12:00:00.000Z.',
});
