import { GraphQLError, type ValidationRule } from 'graphql';

/**
 * Refuses an operation of a type that the schema lacks, which graphql-js finds out only when it executes it.
 * GraphQL, section 5.2.1.1 (Operation Type Existence).
 */
export const operationTypeRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`The schema has no ${node.operation}.`, { nodes: node }));
  },
});
