import type { GraphQLSchema, IntrospectionQuery } from 'graphql';
import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { gql } from 'graphql-tag';
import { query } from './graphql-client.js';

const INTROSPECTION = gql(getIntrospectionQuery({ inputValueDeprecation: true }));

/** Fetches the schema with its descriptions, as far as the API shows it to the owner of this key. */
export const fetchSchema = async (apiKey: string): Promise<GraphQLSchema> =>
  buildClientSchema(await query<IntrospectionQuery>(apiKey, INTROSPECTION));
