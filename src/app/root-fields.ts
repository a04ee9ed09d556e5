export { rootFields } from '../api/graphql/root-fields.js';
