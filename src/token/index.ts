export { createRecipientTokens } from './jwt.js';
