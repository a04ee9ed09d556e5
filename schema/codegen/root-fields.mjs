// A codegen plugin: the names of all root fields, for nodes and commands that judge scopes without the schema.
export const plugin = (schema) => {
  const names = (type) => Object.keys(type?.getFields() ?? {});
  const fields = {
    query: names(schema.getQueryType()),
    mutation: names(schema.getMutationType()),
    subscription: names(schema.getSubscriptionType()),
  };
  return `/** The root fields of the schema. */\nexport const ROOT_FIELDS = ${JSON.stringify(fields, null, 2)} as const;\n`;
};
