#!/usr/bin/env node
import './node-version.mjs';

// Imported only now: an old Node could not even read it.
void import('./program.mjs');
