// Runs the floor for small calls: Apollo on Fastify with the push of the same schema and a resolver that
// does nothing.
import { ApolloServer } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify from 'fastify';

const typeDefs = `
  type Query { version: String! }
  type Message { id: ID! }
  type PushMessageError { code: String! }
  type PushMessageResult { index: Int! item: Message error: PushMessageError }
  input MessageInput { recipients: [String!]! message: String! }
  type Mutation { pushMessage(input: MessageInput!): [PushMessageResult!] }
`;
const resolvers = {
  Query: { version: () => '0' },
  Mutation: { pushMessage: (_, { input }) => input.recipients.map((id, index) => ({ index, item: { id }, error: null })) },
};
const fastify = Fastify({ bodyLimit: 16 * 1024 * 1024 });
const apollo = new ApolloServer({ typeDefs, resolvers, plugins: [fastifyApolloDrainPlugin(fastify)], csrfPrevention: false });
await apollo.start();
fastify.route({ url: '/graphql', method: ['GET', 'POST'], handler: fastifyApolloHandler(apollo) });
await fastify.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ event: 'listening', port: fastify.server.address().port }));
process.stdin.on('data', () => process.exit(0));
