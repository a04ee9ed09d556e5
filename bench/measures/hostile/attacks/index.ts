import type { Attack } from '../attack.js';
import { DIALECTS } from './dialects.js';
import { KEYS } from './keys.js';
import { OPERATIONS } from './operations.js';
import { STRANGERS } from './strangers.js';
import { USERS } from './users.js';

export const ATTACKS: readonly Attack[] = [...STRANGERS, ...USERS, ...DIALECTS, ...KEYS, ...OPERATIONS];
